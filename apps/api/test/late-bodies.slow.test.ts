import { describe, expect, test } from 'vitest'
import { expectRefusal, expectTrpcRefusals } from './http.ts'
import { startService } from './service.ts'
import { createProject, keysOf } from './world.ts'

const service = await startService()
const { token } = service.admin
const project = await createProject(service, service.admin)

const LENGTH = 'Content-Length: 100'
/** Sends a head and half of a body, and waits until the server closes the connection. */
async function sendHalf(path: string, type = 'application/json', length = LENGTH, by = `Bearer ${token}`) {
  const began = performance.now()
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: a',
    ...(by ? [`Authorization: ${by}`] : []),
    `Content-Type: ${type}`,
    length,
  ]
  const answer = await service.sendRaw(`${head.join('\r\n')}\r\n\r\n5\r\n{"a":`)
  return { answer, seconds: (performance.now() - began) / 1000 }
}

describe.concurrent('a body that has not arrived 10 s after the head', () => {
  test.each([
    [keysOf(project)],
    ['/v0/auth/login'],
    ['/v0/introspect', 'application/x-www-form-urlencoded'],
    ['/trpc/projectKeys.create'],
    ['/trpc/auth.login,auth.login?batch=1'],
    [keysOf(project), 'application/json', 'Transfer-Encoding: chunked'],
    ['/trpc/projectKeys.create', 'application/json', 'Transfer-Encoding: chunked'],
  ])('is a 408, and the connection is closed: %s', async (path: string, type?: string, length?: string) => {
    const { answer, seconds } = await sendHalf(path, type, length)
    expect(answer.status).toBe(408)
    expect(answer.body).toMatchObject({ error_code: 'request_timeout' })
    expect(answer.headers.get('connection')).toBe('close')
    if (path.startsWith('/trpc/')) expectTrpcRefusals(answer)
    else expectRefusal(answer)
    expect(seconds).toBeGreaterThan(9.5)
    expect(seconds).toBeLessThan(20)
  })

  test('is a 408 for a client whose secret would be in it', async () => {
    const { answer, seconds } = await sendHalf('/v0/introspect', 'application/x-www-form-urlencoded', LENGTH, '')
    expect(answer.body).toMatchObject({ error_code: 'request_timeout' })
    expect(seconds).toBeGreaterThan(9.5)
    expect(seconds).toBeLessThan(20)
  })

  test('keeps no connection open where it is not read', async () => {
    const { answer, seconds } = await sendHalf('/v0/nope')
    expect(answer.status).toBe(404)
    expect(seconds).toBeLessThan(20)
  })
})
