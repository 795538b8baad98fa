import { ownUserKeys } from '#lib/server/keys.ts'
import { createKey, newKeyForm } from '#lib/server/new-key.ts'

export const load = ({ url }) => newKeyForm({ url })

export const actions = {
  default: async (event) => createKey(await ownUserKeys(event.locals.api), 'userKey', event),
}
