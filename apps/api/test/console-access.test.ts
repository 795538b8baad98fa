import { randomUUID } from 'node:crypto'
import { appRouter } from '@project-keys/keys'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { endpointsOf } from '../src/rest/endpoints.ts'
import { CALLERS, type Caller, createCallers, statusIn, VISIBILITIES, type Visibility } from './callers.ts'
import { startService } from './service.ts'
import type { Tenant } from './tenant.ts'

const service = await startService()

/** The status of each procedure that has no place in REST: what the console calls, and the worker. */
const TABLE: Record<string, string> = {
  'auth.signUpState': '200 200 200 200 200 200 200 200 200',
  'auth.inspectLink': '401 401 401 401 401 401 401 401 401',
  'auth.inspectInvitation': '401 401 401 401 401 401 401 401 401',
  'auth.join': '401 401 401 401 401 401 401 401 401',
  'auth.signOut': '401 200 200 200 200 200 200 403 200',
  'maintenance.mergeLimits': '403 403 403 403 403 403 403 403 403',
  'maintenance.sweep': '403 403 403 403 403 403 403 403 403',
  'organizationMembers.page': '401 404 404 404 404 200 200 403 404',
  'projectMembers.page': '401 403/404 403 403 200 200 200 403 200',
  'projectKeys.page': '401 403/404 403 403 200 200 200 403 200',
  'projectKeys.details': '401 403/404 403 403 200 200 200 403 200',
  'projectKeys.createOnce': '401 403/404 403 403 200 200 200 403 200',
  'projects.overview': '401 403/404 403 403 200 200 200 403 200',
  'projects.mine': '401 200 200 200 200 200 200 403 200',
  'userKeys.page': '401 404 404 404 200 404 200 403 200',
  'userKeys.details': '401 404 404 404 200 404 200 403 200',
  'userKeys.createOnce': '401 404 404 404 200 404 403 403 403',
  'users.me': '401 200 200 200 200 200 200 403 200',
}

let callers: Awaited<ReturnType<typeof createCallers>>

beforeAll(async () => {
  callers = await createCallers(service)
})

const inRest = new Set(endpointsOf(appRouter).map(({ name }) => name))
const Definition = z.object({ type: z.enum(['query', 'mutation']) })
/** Signing out comes last: it ends the sessions. */
const procedures = Object.entries<unknown>(appRouter._def.procedures)
  .filter(([name]) => !inRest.has(name))
  .map(([name, procedure]) => ({ name, type: typeOf(procedure) }))
  .sort((one, other) => Number(one.name === 'auth.signOut') - Number(other.name === 'auth.signOut'))

function typeOf(procedure: unknown) {
  return typeof procedure === 'function' && '_def' in procedure ? Definition.parse(procedure._def).type : null
}

/** Whatever a procedure may be told, of one tenant. */
function inputOf(name: string, { project, maintainer, key, userKey }: Tenant) {
  const place = name.startsWith('organization') ? { organization: project.organization } : { project: project.slug }
  const about = { user: maintainer.uuid, key: (name.startsWith('userKeys.') ? userKey : key).uuid }
  return { ...place, ...about, uuid: randomUUID(), token: 'x', invite: 'x', ...(name.endsWith('Once') ? { name } : {}) }
}

async function ask({ name, type }: (typeof procedures)[number], caller: Caller, visibility: Visibility) {
  const tenant = await callers.tenantOf(visibility)
  const input = inputOf(name, tenant)
  const token = callers.credentialOf(caller, tenant)
  if (type === 'mutation') return service.send('POST', `/trpc/${name}`, { token, body: input })
  return service.send('GET', `/trpc/${name}?input=${encodeURIComponent(JSON.stringify(input))}`, { token })
}

describe('the table of who may call what over tRPC alone', () => {
  test('has a row for each such procedure of the router, and no other', () => {
    expect(Object.keys(TABLE).sort()).toEqual(procedures.map(({ name }) => name).sort())
  })

  test.each(procedures)('is what $name answers', async (procedure) => {
    const visibilities = procedure.name === 'auth.signOut' ? (['public'] as const) : VISIBILITIES
    for (const visibility of visibilities) {
      for (const caller of CALLERS) {
        const { status } = await ask(procedure, caller, visibility)
        expect([visibility, caller, status]).toEqual([
          visibility,
          caller,
          statusIn(TABLE[procedure.name], caller, visibility),
        ])
      }
    }
  })
})
