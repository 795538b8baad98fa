import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import fastify from 'fastify'
import pg from 'pg'
import { commonHeaders } from '../src/rest/answer.ts'
import { report } from './report.ts'
import { CREATE, IDENTIFY, LIST, RENAME, REVOKE, VERIFY, VIEW } from './sql.ts'

// The cost of the five endpoints by hand: Fastify, pg and the same SQL, without anything that can be left out.
const [, , url = '', secret = '', issuer = ''] = process.argv
const pool = new pg.Pool({ connectionString: url, max: 10 })
const app = fastify()

type Request = {
  Params: { project: string; key: string }
  Querystring: { per_page?: string }
  Body: { name: string }
}
type Caller = { uuid: string; admin: boolean; locked: boolean; leads: boolean; role: string | null; project: string }
type Key = { uuid: string; project: string; creator: string; name: string; creation: Date; expiration: Date }
type ListedKey = Key & { total: number }
type Verified = {
  uuid: string | null
  name: string
  project: string
  slug: string
  expiration: number
  revoked: number | null
  deleted: number | null
}

const query = async <Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[]) =>
  (await pool.query<Row>({ name, text, values })).rows

function claimsOf(token: string) {
  const [head = '', body = '', signature = ''] = token.split('.')
  const expected = createHmac('sha256', secret).update(`${head}.${body}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Error('The token is forged.')
  const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString())
  const { sub, iss, aud, iat, exp } = JSON.parse(Buffer.from(body, 'base64url').toString())
  if (alg !== 'HS256' || iss !== issuer || aud !== 'client' || exp <= Date.now() / 1000) throw new Error('No token.')
  return { email: sub, issued: new Date(iat * 1000) }
}

/** The caller, with the project that they may manage. */
async function permitted(authorization = '', slug: string) {
  const token = authorization.slice('Bearer '.length)
  const { email, issued } = claimsOf(token)
  const hash = createHash('sha256').update(token).digest()
  const [caller] = await query<Caller>('identify', IDENTIFY, [null, slug, null, null, email, issued, hash, false])
  if (!caller?.project || caller.locked) throw new Error('There is no such user or project.')
  if (!caller.admin && !caller.leads && caller.role !== 'maintainer') throw new Error('They may not.')
  return caller
}

const time = (date: Date) => date.toISOString().replace(/\.\d+Z$/, 'Z')
const onWire = ({ uuid, project, creator, name, creation, expiration }: Key) => ({
  uuid,
  project,
  creator,
  name,
  creation: time(creation),
  expiration: time(expiration),
})

app.get<Request>('/v0/projects/:project/keys', async ({ headers, params, query: { per_page = '8' } }, reply) => {
  const { project } = await permitted(headers.authorization, params.project)
  const rows = await query<ListedKey>('list', LIST, [Number(per_page), 0, project])
  reply.header('x-total-count', rows[0]?.total)
  return rows.map(onWire)
})

app.post<Request>('/v0/projects/:project/keys', async ({ headers, params, body }, reply) => {
  const { project, uuid: user } = await permitted(headers.authorization, params.project)
  const key = `bencher_run_${randomBytes(24).toString('base64url').slice(0, 30)}`
  const hash = createHash('sha256').update(key).digest()
  const now = new Date()
  const expiration = new Date(now.getTime() + 4_294_967_295_000)
  const uuid = randomUUID()
  const { name } = body
  await query('create', CREATE, [uuid, project, user, name, hash, key.slice(-4), now, expiration])
  reply.code(201)
  return { uuid, project, name, key, creation: time(now), expiration: time(expiration) }
})

app.get<Request>('/v0/projects/:project/keys/:key', async ({ headers, params }) => {
  const { project } = await permitted(headers.authorization, params.project)
  return (await query<Key>('view', VIEW, [project, params.key])).map(onWire)[0]
})

app.patch<Request>('/v0/projects/:project/keys/:key', async ({ headers, params, body }) => {
  const { project } = await permitted(headers.authorization, params.project)
  return (await query<Key>('rename', RENAME, [project, params.key, body.name])).map(onWire)[0]
})

app.delete<Request>('/v0/projects/:project/keys/:key', async ({ headers, params }, reply) => {
  const { project, uuid: user } = await permitted(headers.authorization, params.project)
  const [row] = await query<{ done: boolean }>('revoke', REVOKE, [project, params.key, new Date(), user])
  reply.code(row?.done ? 204 : 409)
})

/** Sends the headers of a verification's response, without doing the work. */
app.get('/empty', (_request, reply) => {
  reply.headers({ ...commonHeaders(randomUUID()), 'x-project': 'small', 'x-project-key': KEY.uuid })
  return reply.send(KEY)
})
const KEY = {
  uuid: randomUUID(),
  name: 'key 1',
  project: { uuid: randomUUID(), slug: 'small' },
  expiration: time(new Date()),
}

app.get('/v0/verify', async ({ headers }, reply) => {
  const hash = createHash('sha256')
    .update((headers.authorization ?? '').slice('Bearer '.length))
    .digest('hex')
  const [row] = await query<Verified>('verify', VERIFY, [hash])
  if (!row?.uuid || row.revoked || row.deleted || row.expiration <= Date.now()) return reply.code(401).send()
  const { uuid, name, project, slug, expiration } = row
  reply.headers({ ...commonHeaders(randomUUID()), 'x-project': slug, 'x-project-key': uuid })
  return { uuid, name, project: { uuid: project, slug }, expiration: time(new Date(expiration)) }
})

app.get('/v0/server/version', async () => ({ version: '0.6.12' }))

report(Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port))
