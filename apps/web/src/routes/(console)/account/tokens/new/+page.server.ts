import { ownTokens } from '#lib/server/keys.ts'
import { makeKey, newKeyForm } from '#lib/server/new-key.ts'

export const load = newKeyForm

export const actions = {
  default: async (event) => makeKey(await ownTokens(event.locals.api), 'token', event),
}
