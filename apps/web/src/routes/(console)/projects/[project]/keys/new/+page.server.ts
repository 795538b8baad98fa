import { keysOfProject } from '#lib/server/keys.ts'
import { requireManager } from '#lib/server/manager.ts'
import { createKey, newKeyForm } from '#lib/server/new-key.ts'

export async function load(event) {
  const { policy } = await requireManager(event)
  return newKeyForm(event, policy)
}

export const actions = {
  default: (event) => createKey(keysOfProject(event.locals.api, event.params.project), 'projectKey', event),
}
