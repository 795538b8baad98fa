import { client } from './client/client.gen.js'
import * as api from './client/sdk.gen.js'

const { KEYS_URL = '', KEYS_TOKEN = '', KEYS_PROJECT: project = '' } = process.env
client.setConfig({ baseUrl: KEYS_URL, auth: KEYS_TOKEN, throwOnError: true })
const options = { throwOnError: true } as const

const body = { name: 'ci-main é', ttl: 4294967295 }
const { data: created } = await api.projectKeysCreate({ ...options, path: { project }, body })
const path = { project, key: created.uuid }
const { data: listed } = await api.projectKeysList({ ...options, path: { project }, query: { per_page: 255 } })
const { data: renamed } = await api.projectKeysRename({ ...options, path, body: { name: 'ci-release' } })
const { data: viewed } = await api.projectKeysView({ ...options, path })
const { response } = await api.projectKeysRevoke({ ...options, path })
const isListed = listed.some(({ uuid }) => uuid === created.uuid)
if (!isListed || renamed.name !== viewed.name || viewed.revoked || response?.status !== 204) throw new Error('Not so.')
