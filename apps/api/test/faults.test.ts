import { once } from 'node:events'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { formOf } from './http.ts'
import { inputOf } from './inputs.ts'
import { isRest, type Procedure, procedures, type RestProcedure } from './procedures.ts'
import { answering, MAIN, newPlace, run } from './process.ts'
import { SECRET, startService } from './service.ts'
import { createPeople, createTenant, type Tenant } from './tenant.ts'

const service = await startService()
const FAULT = 'The service failed, not your request: give the operator the request id.'

const TABLES = ['users', 'projects', 'organizations', 'invitations', 'project_keys', 'user_keys']
const RestBody = z.object({ request_id: z.string(), message: z.string() })
const TrpcBody = z.object({
  error: z.object({ message: z.string(), data: z.object({ request_id: z.string() }) }),
})

/** The input of a procedure, with a link that reaches the database. */
const inputAt = (procedure: Procedure, tenant: Tenant): Record<string, unknown> => ({
  ...inputOf(procedure, tenant),
  ...('token' in procedure.shape && {
    token: service.tokens.sign({ audience: 'auth', email: tenant.guest.email, now: new Date(), ttl: 60 }),
  }),
})

test('a table that is gone is a fault that says nothing of itself to callers, and all to the log', async () => {
  service.clock.now = new Date()
  const people = await createPeople(service)
  const { env } = await newPlace()
  const same = { DATABASE_URL: service.databaseUrl, SECRET_KEY: SECRET, CONSOLE_URL: service.consoleUrl }
  const running = await answering(run(MAIN, { ...env, ...same, LOG_LEVEL: 'error', RATE_LIMITS: 'off' }))
  let tenant: Tenant
  let token = ''
  const faults: { request_id: string; table: string; by: string }[] = []

  const send = async (method: string, path: string, content: { body?: string; headers?: Record<string, string> }) => {
    const url = `http://127.0.0.1:${env.PORT}${path}`
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...content.headers }
    const response = await fetch(url, { method, ...content, headers })
    const text = await response.text()
    if (response.status !== 500) return null
    const said = JSON.stringify([...response.headers])
    expect(said).not.toMatch(/relation|does not exist|42P01|prisma|\.ts\b|\/src\//i)
    return text
  }

  const restFault = async (table: string, procedure: RestProcedure) => {
    const { method, path, form } = procedure.endpoint
    const input = inputAt(procedure, tenant)
    const at = path.replace(/\{(\w+)\}/g, (_, parameter: string) => String(input[parameter]))
    const body = form ? formOf(input) : { body: JSON.stringify(input) }
    const text = await send(method, at, method === 'GET' || method === 'DELETE' ? {} : body)
    if (text === null) return
    const { request_id } = RestBody.parse(JSON.parse(text))
    expect(JSON.parse(text)).toMatchObject({ request_id, message: FAULT })
    faults.push({ request_id, table, by: 'REST' })
    expectNothingElse(text.replace(FAULT, ''))
  }

  const trpcFault = async (table: string, procedure: Procedure) => {
    const { name, type } = procedure
    const input = inputAt(procedure, tenant)
    const asked = `/trpc/${name}${type === 'query' ? `?input=${encodeURIComponent(JSON.stringify(input))}` : ''}`
    const content = type === 'query' ? {} : { body: JSON.stringify(input) }
    const text = await send(type === 'query' ? 'GET' : 'POST', asked, content)
    if (text === null) return
    const { error } = TrpcBody.parse(JSON.parse(text))
    expect(error.message).toBe(FAULT)
    faults.push({ request_id: error.data.request_id, table, by: 'tRPC' })
    expectNothingElse(text.replace(FAULT, '').replace(name, ''))
  }

  const expectNothingElse = (text: string) => {
    for (const word of [...TABLES, 'relation', '42P01', 'SELECT', 'INSERT', 'prisma', 'stack', '.ts', 'node:', '/src/'])
      expect(text).not.toContain(word)
  }

  for (const table of TABLES) {
    for (const calls of [
      procedures.filter(isRest).map((procedure) => ({ ...procedure, call: () => restFault(table, procedure) })),
      procedures.map((procedure) => ({ ...procedure, call: () => trpcFault(table, procedure) })),
    ]) {
      // One of the calls signs out, and one everywhere.
      await service.db.prisma.user.updateMany({ data: { sessionsSince: null } })
      token = service.tokenOf('owner@localhost')
      tenant = await createTenant(service, people)
      await service.db.pool.query(`ALTER TABLE ${table} RENAME TO renamed_meanwhile`)
      // Where its table is there, one of these takes away what all others are asked about.
      const isLast = ({ name }: { name: string }) =>
        /\.(delete|remove|withdraw|revoke|signOut|signOutEverywhere)$/.test(name)
      await Promise.all(calls.filter((each) => !isLast(each)).map(({ call }) => call()))
      for (const { call } of calls.filter(isLast)) await call()
      await service.db.pool.query(`ALTER TABLE renamed_meanwhile RENAME TO ${table}`)
    }
  }
  running.child.kill('SIGTERM')
  await once(running.child, 'close')

  for (const table of TABLES) {
    const by = faults.filter((fault) => fault.table === table).map(({ by }) => by)
    expect([table, new Set(by)]).toEqual([table, new Set(['REST', 'tRPC'])])
  }
  const lines = running.said().split('\n')
  for (const { request_id, table, by } of faults) {
    const line = lines.find((each) => each.includes(request_id))
    expect([table, by, line]).toEqual([table, by, expect.stringContaining(table)])
  }
})
