import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type Content, formOf } from './http.ts'
import type { Procedure } from './procedures.ts'
import type { Service } from './service.ts'
import type { Tenant } from './tenant.ts'

// The one description of what the router's procedures take. Each test that fills an input reads it, and one test fails
// for a field that is described nowhere: an id that the suite does not know is an id that it does not swap.

/** An id of a tenant's own, in each of its spellings. */
type IdOf = (tenant: Tenant) => string[]

const member: IdOf = ({ mate }) => [mate.uuid, mate.slug]
const self: IdOf = ({ maintainer }) => [maintainer.uuid, maintainer.slug]
const projectKey: IdOf = ({ key }) => [key.uuid]
const userKey: IdOf = ({ userKey }) => [userKey.uuid]

/** Fields that name a thing of a tenant: by the field alone, or by `noun.field` where nouns call different things so. */
const IDS: Record<string, IdOf> = {
  project: ({ project }) => [project.uuid, project.slug],
  // A tenant's organization has the slug of its project.
  organization: ({ project }) => [project.organization, project.slug],
  'organizationMembers.user': member,
  'projectMembers.user': member,
  'madeKeys.user': member,
  'users.user': self,
  'userKeys.user': self,
  'projectKeys.key': projectKey,
  'projectKeys.keys': projectKey,
  'rotations.key': projectKey,
  'verification.key': projectKey,
  'verification.keys': projectKey,
  'userKeys.key': userKey,
  'events.key': projectKey,
  'events.person': ({ leader }) => [leader.uuid],
  'organizationInvitations.invitation': ({ invitations }) => [invitations.atOrganization.uuid],
  'projectInvitations.invitation': ({ invitations }) => [invitations.atProject.uuid],
}

/** Fields by which the caller chooses the id of a new thing; swapped, it is the id of a thing that is there. */
const NEW_IDS: Record<string, IdOf> = { 'projectKeys.uuid': projectKey, 'userKeys.uuid': userKey }

/** Fields that hold a secret: whoever has it may use it, so that it is no id to swap. */
const SECRETS: Record<string, (tenant: Tenant) => string> = {
  'auth.token': () => 'x',
  'auth.invite': ({ invitations }) => invitations.atProject.invite,
  'keys.key': ({ key }) => key.key,
  'verification.token': ({ key }) => key.key,
}

/** Lists of ids of which foreign ones are passed over, as tests of their own show. */
const ID_LISTS: Record<string, (tenant: Tenant) => string[]> = {
  'verification.keys': ({ key }) => [key.uuid],
  'overview.projects': ({ project }) => [project.uuid],
}

/** Fields whose values must be chosen: by their name, or by the name of their schema; others are left out. */
const VALUES: Record<string, (noun: string) => unknown> = {
  Name: () => 'New',
  email: () => 'new@example.com',
  role: (noun) => (noun.startsWith('project') ? 'viewer' : 'leader'),
  i_agree: () => true,
  permission: () => 'manage',
  replace: () => true,
  expiration: () => '2027-01-01T00:00:00Z',
  format: (noun) => (noun === 'events' ? 'ndjson' : 'csv'),
  there_at: () => '2100-01-01T00:00:00Z',
}
/** Texts that name nothing of a tenant. */
const TEXTS = [
  'search',
  'action',
  'name',
  'description',
  'reason',
  'after',
  'scope',
  'scopes',
  'allowed_networks',
  'external_id',
  'metadata',
  'rate_limit',
  'key_policy',
  'key_scopes',
]

const nounOf = ({ name }: Procedure) => name.split('.')[0] ?? ''
const described = <Value>(map: Record<string, Value>, procedure: Procedure, field: string): Value | undefined =>
  map[`${nounOf(procedure)}.${field}`] ?? map[field]

const WithInner = z.object({ innerType: z.instanceof(z.ZodType) })
/** A schema without `optional`, `nullable` and `default` around it. */
function bare(schema: unknown): z.ZodType {
  if (!(schema instanceof z.ZodType)) throw new Error('A field must have a schema of Zod.')
  const { success, data } = WithInner.safeParse(schema.def)
  return success ? bare(data.innerType) : schema
}
const schemaName = (schema: unknown) => bare(schema).meta()?.id ?? ''

/** Schemas that hold no id: by their type, or by their name. */
const TYPES = ['boolean', 'number', 'enum', 'literal']
const NAMED = ['Name', 'Slug']
/** The forms of ids: a text whose rule refuses all of these holds none. */
const ID_LIKE = ['01890a5d-ac96-774b-bcce-b302099a8057', '01890a5dac96774bbcceb302099a8057', 'a-slug', '7']
/** Whether a field may hold an id, as any list may. */
function mayBeId(field: unknown) {
  const schema = bare(field)
  if (TYPES.includes(schema.def.type) || NAMED.includes(schemaName(field))) return false
  return schema.def.type !== 'string' || ID_LIKE.some((text) => schema.safeParse(text).success)
}

/** The fields that may name a thing, by their schema or their place in the path, and that no map describes. */
export const unknownFields = (procedure: Procedure): string[] =>
  Object.entries(procedure.shape).flatMap(([field, schema]) => {
    if (idOf(procedure, field) ?? described({ ...SECRETS, ...ID_LISTS }, procedure, field)) return []
    const isInPath = procedure.endpoint?.path.includes(`{${field}}`)
    const isPlain = isInPath ? field in VALUES : TEXTS.includes(field) || !mayBeId(schema)
    return isPlain ? [] : [`${procedure.name}: ${field}`]
  })

/** Everything that a procedure's input may hold, all of it of one tenant. */
export function inputOf(procedure: Procedure, tenant: Tenant): Record<string, unknown> {
  const values = Object.entries(procedure.shape).map(([field, schema]): [string, unknown] => {
    if (described(NEW_IDS, procedure, field)) return [field, randomUUID()]
    const id = idOf(procedure, field)?.(tenant)[0]
    const value =
      (id && inField(schema, id)) ??
      described<(tenant: Tenant) => unknown>({ ...SECRETS, ...ID_LISTS }, procedure, field)?.(tenant) ??
      (VALUES[field] ?? VALUES[schemaName(schema)])?.(nounOf(procedure))
    return [field, value]
  })
  return Object.fromEntries(values.filter(([, value]) => value !== undefined))
}

/** An id as a field takes it: in a list, if it takes several. */
const inField = (field: unknown, id: string): unknown => (bare(field).def.type === 'array' ? [id] : id)

/** The part of an input that names things: its ids, and what stands in the path. */
export const namesOf = (procedure: Procedure, tenant: Tenant): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(inputOf(procedure, tenant)).filter(
      ([field]) =>
        idOf(procedure, field) ||
        described(ID_LISTS, procedure, field) ||
        procedure.endpoint?.path.includes(`{${field}}`),
    ),
  )

/** The fields of a procedure's input that name a thing. */
export const idFields = (procedure: Procedure): string[] =>
  Object.keys(procedure.shape).filter((field) => idOf(procedure, field))

const idOf = (procedure: Procedure, field: string): IdOf | undefined =>
  described(IDS, procedure, field) ?? described(NEW_IDS, procedure, field) ?? newNoun(procedure, field)

const Thing = z.looseObject({ uuid: z.string() })
/** An id that is not described above is of what the tenant has under the field's name. */
function newNoun({ name, shape }: Procedure, field: string): IdOf | undefined {
  if (!['Uuid', 'ResourceId'].includes(schemaName(shape[field]))) return undefined
  return (tenant) => {
    const { success, data } = Thing.safeParse(new Map<string, unknown>(Object.entries(tenant)).get(field))
    if (!success)
      throw new Error(`${name} takes the id of a ${field}: create one in createTenant, or describe the field.`)
    return [data.uuid]
  }
}

/** Each way to name in a procedure's input one thing of another tenant, all else being as it is. */
export const foreignIds = (procedure: Procedure, foreign: Tenant): { field: string; id: unknown }[] =>
  idFields(procedure).flatMap((field) =>
    (idOf(procedure, field)?.(foreign) ?? []).map((id) => ({ field, id: inField(procedure.shape[field], id) })),
  )

type Call = { token?: string | undefined; input: Record<string, unknown> }

/** Calls a procedure at its place in REST: what its path does not name is in the body or, without one, in the query. */
export function callRest(service: Service, { endpoint }: Procedure, { token, input }: Call) {
  if (!endpoint) throw new Error('This procedure has no place in REST.')
  const { method, form } = endpoint
  const rest = { ...input }
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    delete rest[name]
    return encodeURIComponent(String(input[name]))
  })
  if (method === 'GET' || method === 'DELETE') return service.send(method, `${path}?${formOf(rest).body}`, { token })
  const content: Content = form ? formOf(rest) : { body: rest }
  return service.send(method, path, { token, ...content })
}

export function callTrpc(service: Service, { name, type }: Procedure, { token, input }: Call) {
  if (type === 'mutation') return service.send('POST', `/trpc/${name}`, { token, body: input })
  return service.send('GET', `/trpc/${name}?input=${encodeURIComponent(JSON.stringify(input))}`, { token })
}
