import { loadKeys } from '#lib/server/key-pages.ts'
import { keysOfProject } from '#lib/server/keys.ts'

export const load = ({ locals, params, url }) => loadKeys(keysOfProject(locals.api, params.project), url)
