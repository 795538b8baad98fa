import { createRestClient } from '@project-keys/client'
import { createTrpcClient, errorCodeOf } from '@project-keys/client/trpc'
import { expect, test } from 'vitest'
import { useRest, useTrpc } from '../../../packages/client/test/consumer/typed.ts'
import { startService } from './service.ts'
import { createProject } from './world.ts'

const service = await startService()
const { token } = service.admin
const url = service.address
const { slug } = await createProject(service, service.admin)

test('both clients create, find and revoke a key, and tell the code of a refusal', async () => {
  const key = expect.stringMatching(/^bencher_run_/)
  const code = 'already_revoked'
  expect(await useRest({ url: `${url}/`, token }, slug)).toEqual({ key, names: ['rest'], status: 204, code })
  expect(await useTrpc({ url: `${url}/`, token }, slug)).toEqual({ key, names: ['trpc'], revoked: undefined, code })
})

test('a caller without a credential is refused with `missing`', async () => {
  const { error, response } = await createRestClient({ url }).GET('/v0/organizations')
  expect([response.status, error?.error_code]).toEqual([401, 'missing'])
  expect(
    await createTrpcClient({ url, token: () => undefined })
      .users.me.query()
      .catch(errorCodeOf),
  ).toBe('missing')
})

test('200 calls over tRPC at the same time are all answered', async () => {
  const { users } = createTrpcClient({ url, token })
  const search = 'x'.repeat(100)
  const answers = await Promise.all(Array.from({ length: 200 }, () => users.list.query({ search })))
  expect(answers).toHaveLength(200)
})

test('a refusal over tRPC tells its status and the id of the request', async () => {
  const refused = await createTrpcClient({ url, token: 'wrong' })
    .users.me.query()
    .catch((error: unknown) => error)
  expect(refused).toMatchObject({ data: { httpStatus: 401, request_id: expect.stringMatching(/^[0-9a-f-]{36}$/) } })
})

test('no code is told where there was no response', async () => {
  const nowhere = 'http://127.0.0.1:9'
  expect(await createTrpcClient({ url: nowhere }).users.me.query().catch(errorCodeOf)).toBeNull()
  await expect(createRestClient({ url: nowhere }).GET('/v0/projects')).rejects.toThrow('fetch failed')
})
