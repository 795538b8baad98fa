import { Configuration, ProjectKeysApi } from './client/index.js'

const { KEYS_URL = '', KEYS_TOKEN = '', KEYS_PROJECT: project = '' } = process.env
const api = new ProjectKeysApi(new Configuration({ basePath: KEYS_URL, accessToken: KEYS_TOKEN }))
const check = (holds: boolean, promise: string) => {
  if (!holds) throw new Error(`It does not hold that ${promise}.`)
}

const wanted = { name: 'ci-main é', ttl: 4294967295 }
const { uuid: key } = await api.projectKeysCreate({ project, projectKeysCreateRequest: wanted })
const listed = await api.projectKeysList({ project, perPage: 255 })
check(
  listed.some(({ uuid }) => uuid === key),
  'the key is listed',
)
const change = { project, key, projectKeysRenameRequest: { name: 'ci-release' } }
check((await api.projectKeysRename(change)).name === 'ci-release', 'the key is renamed')
check((await api.projectKeysView({ project, key })).revoked === undefined, 'the key is viewed')
await api.projectKeysRevoke({ project, key })
