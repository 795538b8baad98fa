import { loadKeys } from '#lib/server/key-pages.ts'
import { keysOfProject } from '#lib/server/keys.ts'
import { newKeyForm } from '#lib/server/new-key.ts'

export async function load(event) {
  const { uuid } = newKeyForm(event)
  return { uuid, ...(await loadKeys(keysOfProject(event.locals.api, event.params.project), event)) }
}
