import { beforeAll, describe, expect, test } from 'vitest'
import { CALLERS, type Caller, createCallers, statusIn, VISIBILITIES, type Visibility } from './callers.ts'
import { callTrpc, inputOf } from './inputs.ts'
import { isRest, type Procedure, procedures } from './procedures.ts'
import { startService } from './service.ts'

const service = await startService()

/** The status of each procedure that has no place in REST: what the console calls, and the worker. */
const TABLE: Record<string, string> = {
  'auth.signUpState': '200 200 200 200 200 200 200 200 200',
  'auth.inspectLink': '401 401 401 401 401 401 401 401 401',
  'auth.inspectInvitation': '401 401 401 401 401 401 401 401 401',
  'auth.join': '401 401 401 401 401 401 401 401 401',
  'auth.inspectRestore': '401 401 401 401 401 401 401 401 401',
  'auth.restoreAddress': '401 401 401 401 401 401 401 401 401',
  'auth.signOutEverywhere': '401 200 200 200 200 200 200 403 403',
  'auth.signOut': '401 200 200 200 200 200 200 403 200',
  'maintenance.mergeLimits': '403 403 403 403 403 403 403 403 403',
  'maintenance.seal': '403 403 403 403 403 403 403 403 403',
  'maintenance.signHeads': '403 403 403 403 403 403 403 403 403',
  'maintenance.tellEnds': '403 403 403 403 403 403 403 403 403',
  'maintenance.sweep': '403 403 403 403 403 403 403 403 403',
  'madeKeys.ofMember': '401 403/404 403 403 200 200 200 403 200',
  'madeKeys.ofLeader': '401 404 404 404 404 200 200 403 404',
  'madeKeys.ofUser': '401 404 404 404 404 404 200 403 404',
  'madeKeys.page': '401 404 404 404 404 404 200 403 404',
  'organizationMembers.page': '401 404 404 404 404 200 200 403 404',
  'projectMembers.page': '401 403/404 403 403 200 200 200 403 200',
  'events.ofKey': '401 403/404 403 403 200 200 200 403 200',
  'overview.organization': '401 404 404 404 200 200 200 403 200',
  'overview.keys': '401 404 404 404 200 200 200 403 200',
  'overview.counts': '401 404 404 404 200 200 200 403 200',
  'overview.projects': '401 200 200 200 200 200 200 403 200',
  'projectKeys.page': '401 403/404 403 403 200 200 200 403 200',
  'projectKeys.readOnlyPage': '401 403/404 200 200 200 200 200 403 200',
  'projectKeys.details': '401 403/404 403 403 200 200 200 403 200',
  'projectKeys.matching': '401 403/404 403 403 200 200 200 403 200',
  'projectKeys.impact': '401 403/404 403 403 200 200 200 403 200',
  'projectKeys.exportSelected': '401 403/404 403 403 200 200 200 403 200',
  'projectKeys.renewMany': '401 403/404 403 403 200 200 200 403 200',
  'projectKeys.createOnce': '401 403/404 403 403 200 200 200 403 200',
  'projects.overview': '401 403/404 200 200 200 200 200 403 200',
  'projects.mine': '401 200 200 200 200 200 200 403 200',
  'userKeys.page': '401 404 404 404 200 404 200 403 200',
  'userKeys.details': '401 404 404 404 200 404 200 403 200',
  'userKeys.createOnce': '401 404 404 404 200 404 403 403 403',
  'verification.recentUsage': '401 403/404 403 403 200 200 200 403 200',
  'users.page': '401 403 403 403 403 403 200 403 403',
  'users.me': '401 200 200 200 200 200 200 403 200',
}

let callers: Awaited<ReturnType<typeof createCallers>>

beforeAll(async () => {
  callers = await createCallers(service)
})

/** They end sessions, so they come last, and are asked once. */
const ENDINGS = ['auth.signOutEverywhere', 'auth.signOut']
const overTrpc = procedures
  .filter((procedure) => !isRest(procedure))
  .sort((one, other) => ENDINGS.indexOf(one.name) - ENDINGS.indexOf(other.name))

async function ask(procedure: Procedure, caller: Caller, visibility: Visibility) {
  const tenant = await callers.tenantOf(visibility)
  const token = callers.credentialOf(caller, tenant)
  // An invitation that is good would make members of everybody.
  return callTrpc(service, procedure, { token, input: { ...inputOf(procedure, tenant), invite: 'x' } })
}

describe('the table of who may call what over tRPC alone', () => {
  test('has a row for each such procedure of the router, and no other', () => {
    expect(Object.keys(TABLE).sort()).toEqual(overTrpc.map(({ name }) => name).sort())
  })

  test.each(overTrpc)('is what $name answers', async (procedure) => {
    const visibilities = ENDINGS.includes(procedure.name) ? (['public'] as const) : VISIBILITIES
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
    await service.db.prisma.user.updateMany({ data: { sessionsSince: null } })
  })
})
