import createClient from 'openapi-fetch'
import type { paths } from './client/schema.js'

const { KEYS_URL = '', KEYS_TOKEN = '', KEYS_PROJECT: project = '' } = process.env
const client = createClient<paths>({ baseUrl: KEYS_URL, headers: { authorization: `Bearer ${KEYS_TOKEN}` } })
const KEYS = '/v0/projects/{project}/keys'
const KEY = '/v0/projects/{project}/keys/{key}'
const must = <Data>({ data, error }: { data?: Data; error?: unknown }): Data => {
  if (data === undefined) throw new Error(JSON.stringify(error))
  return data
}

const body = { name: 'ci-main é', ttl: 4294967295 }
const { uuid: key } = must(await client.POST(KEYS, { params: { path: { project } }, body }))
const listed = must(await client.GET(KEYS, { params: { path: { project }, query: { per_page: 255 } } }))
const params = { path: { project, key } }
const renamed = must(await client.PATCH(KEY, { params, body: { name: 'ci-release' } }))
const viewed = must(await client.GET(KEY, { params }))
const { response } = await client.DELETE(KEY, { params })
const isListed = listed.some(({ uuid }) => uuid === key)
if (!isListed || renamed.name !== viewed.name || viewed.revoked || response.status !== 204) throw new Error('Not so.')
