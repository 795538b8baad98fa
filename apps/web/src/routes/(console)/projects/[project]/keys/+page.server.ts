import { loadKeys } from '#lib/server/key-pages.ts'
import { keysOfProject } from '#lib/server/keys.ts'
import { newKeyForm } from '#lib/server/new-key.ts'

export async function load({ locals, params, url }) {
  const { uuid } = newKeyForm()
  return { uuid, ...(await loadKeys(keysOfProject(locals.api, params.project), url)) }
}
