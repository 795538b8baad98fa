import * as api from './client/api.js'

// Orval's client asks the origin that a page came from; there is none here.
const { KEYS_URL = '', KEYS_TOKEN = '', KEYS_PROJECT: project = '' } = process.env
const ask = globalThis.fetch
globalThis.fetch = (path, options) => ask(`${KEYS_URL}${String(path)}`, options)
const options = { headers: { authorization: `Bearer ${KEYS_TOKEN}` } }

const created = await api.projectKeysCreate(project, { name: 'ci-main é', ttl: 4294967295 }, options)
if (created.status !== 201) throw new Error(JSON.stringify(created.data))
const key = created.data.uuid
const listed = await api.projectKeysList(project, { per_page: 255 }, options)
const renamed = await api.projectKeysRename(project, key, { name: 'ci-release' }, options)
const viewed = await api.projectKeysView(project, key, options)
const revoked = await api.projectKeysRevoke(project, key, options)
if (listed.status !== 200 || renamed.status !== 200 || viewed.status !== 200) throw new Error('Refused.')
if (!listed.data.some(({ uuid }) => uuid === key) || viewed.data.name !== 'ci-release') throw new Error('Not so.')
if (viewed.data.revoked || revoked.status !== 204) throw new Error('Not revoked.')
