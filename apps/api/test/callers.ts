import type { Service } from './service.ts'
import { createPeople, createTenant, type Tenant } from './tenant.ts'
import { createUserKey, signUp } from './world.ts'

export const VISIBILITIES = ['public', 'private'] as const
export const CALLERS = [
  'anonymous',
  'outsider',
  'viewer',
  'developer',
  'maintainer',
  'leader',
  'admin',
  'project key',
  'user key',
] as const
export type Visibility = (typeof VISIBILITIES)[number]
export type Caller = (typeof CALLERS)[number]

/** The caller's status in a row with one for each of CALLERS; `403/404` is 403 at a public project, else 404. */
export function statusIn(row: string | undefined, caller: Caller, visibility: Visibility): number {
  const [atPublic = '', atPrivate = atPublic] = (row?.split(' ')[CALLERS.indexOf(caller)] ?? '').split('/')
  return Number(visibility === 'public' ? atPublic : atPrivate)
}

/** All kinds of callers. The user key is the maintainer's, the project key belongs to the project. */
export async function createCallers(service: Service) {
  const people = await createPeople(service)
  const outsider = await signUp(service, 'Outsider')
  const apiToken = await createUserKey(service, people.maintainer, { name: 'credential' })
  const tenants: Partial<Record<Visibility, Tenant>> = {}

  const credentialOf = (caller: Caller, { projectKey }: Tenant): string | undefined => {
    if (caller === 'anonymous') return undefined
    if (caller === 'project key') return projectKey.key
    if (caller === 'user key') return apiToken.key
    return { ...people, outsider, admin: service.admin }[caller].token
  }
  /** A tenant from which nothing was removed yet. */
  const tenantOf = async (visibility: Visibility): Promise<Tenant> => {
    tenants[visibility] ??= await createTenant(service, people, visibility)
    return tenants[visibility]
  }
  const renew = (visibility: Visibility) => void delete tenants[visibility]

  return { outsider, credentialOf, tenantOf, renew }
}
