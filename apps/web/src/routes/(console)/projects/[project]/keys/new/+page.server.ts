import { keysOfProject } from '#lib/server/keys.ts'
import { createKey, newKeyForm } from '#lib/server/new-key.ts'

export const load = newKeyForm

export const actions = {
  default: (event) => createKey(keysOfProject(event.locals.api, event.params.project), 'projectKey', event),
}
