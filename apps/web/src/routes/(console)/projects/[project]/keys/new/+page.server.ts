import { keysOfProject } from '#lib/server/keys.ts'
import { makeKey, newKeyForm } from '#lib/server/new-key.ts'

export const load = newKeyForm

export const actions = {
  default: (event) => makeKey(keysOfProject(event.locals.api, event.params.project), 'key', event),
}
