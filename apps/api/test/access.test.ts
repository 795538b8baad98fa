import { beforeAll, describe, expect, test } from 'vitest'
import { CALLERS, type Caller, createCallers, statusIn, VISIBILITIES, type Visibility } from './callers.ts'
import { expectDocumented, type Operation, readOperations } from './document.ts'
import { callRest, inputOf } from './inputs.ts'
import { isRest, procedures, type RestProcedure } from './procedures.ts'
import { startService } from './service.ts'

const service = await startService()

/**
 * The status that each endpoint answers each caller with. `{user}` is the maintainer where it is about a user, and
 * another member where it is about members.
 */
const TABLE: Record<string, string> = {
  'auth.signUp': '202 202 202 202 202 202 202 202 202',
  'auth.login': '202 202 202 202 202 202 202 202 202',
  'auth.confirm': '200 200 200 200 200 200 200 200 200',
  'auth.accept': '401 403 403 403 403 403 403 403 403',

  'organizations.list': '401 200 200 200 200 200 200 403 200',
  'organizations.create': '401 201 201 201 201 201 201 403 201',
  'organizations.view': '401 404 404 404 404 200 200 403 404',
  'organizations.update': '401 404 404 404 404 200 200 403 404',
  'organizations.allowed': '401 404 404 404 404 200 200 403 404',
  'organizationMembers.list': '401 404 404 404 404 200 200 403 404',
  'organizationMembers.view': '401 404 404 404 404 200 200 403 404',
  'organizationMembers.update': '401 404 404 404 404 200 200 403 404',
  'organizationMembers.remove': '401 404 404 404 404 204 204 403 404',
  'organizationInvitations.create': '401 404 404 404 404 202 202 403 404',
  'organizationInvitations.list': '401 404 404 404 404 200 200 403 404',
  'organizationInvitations.withdraw': '401 404 404 404 404 204 204 403 404',

  'events.list': '401 404 404 404 404 200 200 403 404',
  'events.export': '401 404 404 404 404 200 200 403 404',
  'events.exportOfServer': '401 403 403 403 403 403 200 403 403',
  'events.listOfServer': '401 403 403 403 403 403 200 403 403',
  'projects.list': '200 200 200 200 200 200 200 200 200',
  'projects.listOfOrganization': '401 404 404 404 404 200 200 403 404',
  'projects.create': '401 404 404 404 404 201 201 403 404',
  'projects.view': '200/401 200/404 200 200 200 200 200 200 200',
  'projects.update': '401 403/404 403 200 200 200 200 403 200',
  'projects.delete': '401 403/404 403 403 204 204 204 403 204',
  'projects.allowed': '401 200/404 200 200 200 200 200 403 200',
  'projectMembers.list': '401 403/404 403 403 200 200 200 403 200',
  'projectMembers.view': '401 403/404 403 403 200 200 200 403 200',
  'projectMembers.update': '401 403/404 403 403 200 200 200 403 403',
  'projectMembers.remove': '401 403/404 403 403 204 204 204 403 403',
  'projectInvitations.create': '401 403/404 403 403 202 202 202 403 403',
  'projectInvitations.list': '401 403/404 403 403 200 200 200 403 200',
  'projectInvitations.withdraw': '401 403/404 403 403 204 204 204 403 403',
  'projectKeys.list': '401 403/404 403 403 200 200 200 403 200',
  'projectKeys.create': '401 403/404 403 403 201 201 201 403 201',
  'projectKeys.view': '401 403/404 403 403 200 200 200 403 200',
  'projectKeys.rename': '401 403/404 403 403 200 200 200 403 200',
  'projectKeys.revoke': '401 403/404 403 403 204 204 204 403 204',
  'projectKeys.revokeMany': '401 403/404 403 403 200 200 200 403 200',
  'projectKeys.export': '401 403/404 403 403 200 200 200 403 200',
  'rotations.rotate': '401 403/404 403 403 201 201 201 403 201',
  'rotations.end': '401 403/404 403 403 204 204 204 403 204',
  'keys.find': '401 404 404 404 200 200 200 403 200',
  'verification.verify': '401 401 401 401 401 401 401 200 401',
  'verification.verifyOfProject': '401 401 401 401 401 401 401 200 401',
  'verification.introspect': '401 200 200 200 200 200 200 200 200',
  'whoami.view': '401 200 200 200 200 200 200 200 200',
  'whoami.revoke': '401 403 403 403 403 403 403 204 403',
  'whoami.rotate': '401 403 403 403 403 403 403 201 403',
  'verification.usage': '401 403/404 403 403 200 200 200 403 200',

  'madeKeys.list': '401 404 404 404 404 404 200 403 404',
  'madeKeys.revoke': '401 404 404 404 404 404 200 403 404',
  'users.list': '401 403 403 403 403 403 200 403 403',
  'users.view': '401 404 404 404 200 404 200 403 200',
  'users.update': '401 404 404 404 200 404 200 403 200',
  'userKeys.list': '401 404 404 404 200 404 200 403 200',
  'userKeys.create': '401 404 404 404 201 404 403 403 403',
  'userKeys.view': '401 404 404 404 200 404 200 403 200',
  'userKeys.rename': '401 404 404 404 200 404 200 403 200',
  'userKeys.revoke': '401 404 404 404 204 404 204 403 204',

  'server.version': '200 200 200 200 200 200 200 200 200',
  'server.spec': '200 200 200 200 200 200 200 200 200',
  'server.auditKey': '200 200 200 200 200 200 200 200 200',
  'server.console': '200 200 200 200 200 200 200 200 200',
}

let callers: Awaited<ReturnType<typeof createCallers>>
let operations: Operation[]

beforeAll(async () => {
  callers = await createCallers(service)
  operations = await readOperations(service)
})

const linkTo = (email: string) => service.tokens.sign({ audience: 'auth', email, now: service.clock.now, ttl: 60 })

/** The inputs of the outsider: a mailed token, or an address to mail to. */
const OUTSIDERS: Record<string, () => Record<string, string | undefined>> = {
  // An API token may change everything of its user but the address.
  'users.update': () => ({ email: undefined }),
  'auth.login': () => ({ email: callers.outsider.email }),
  'auth.confirm': () => ({ token: linkTo(callers.outsider.email) }),
}

async function ask(procedure: RestProcedure, caller: Caller, visibility: Visibility) {
  const tenant = await callers.tenantOf(visibility)
  const { project } = tenant
  const input = { ...inputOf(procedure, tenant), ...OUTSIDERS[procedure.name]?.() }
  const bySlug = 'project' in input ? { project: project.slug } : {}
  const token = callers.credentialOf(caller, tenant)
  const answer = await callRest(service, procedure, { token, input: { ...input, ...bySlug } })
  if (procedure.endpoint.method === 'DELETE' && answer.status < 300) callers.renew(visibility)
  return answer
}

describe('the table of who may call what', () => {
  const inRest = procedures.filter(isRest)

  test('has a row for each endpoint of the router, and no other', () => {
    expect(Object.keys(TABLE).sort()).toEqual(inRest.map(({ name }) => name).sort())
  })

  test.each(inRest)('is what $endpoint.method $endpoint.path answers', async (procedure) => {
    const { name, endpoint } = procedure
    const { method, path } = endpoint
    const operation = operations.find((each) => each.method === method && each.path === path)
    for (const visibility of VISIBILITIES) {
      for (const caller of CALLERS) {
        const answer = await ask(procedure, caller, visibility)
        expect([visibility, caller, answer.status]).toEqual([
          visibility,
          caller,
          statusIn(TABLE[name], caller, visibility),
        ])
        if (operation) expectDocumented(operation, answer)
      }
    }
    expect(operation).toBeDefined()
  })
})
