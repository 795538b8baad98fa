import { errorCodeOf } from '#lib/server/api.ts'
import { countsOfProject } from '#lib/server/counts.ts'
import { changeDensity } from '#lib/server/density.ts'
import { loadKeys, revokeListed } from '#lib/server/key-pages.ts'
import { keysOfProject } from '#lib/server/keys.ts'
import { newKeyForm } from '#lib/server/new-key.ts'
import { loadReadOnlyKeys } from '#lib/server/read-only-keys.ts'

/** Members who do not manage the keys get a list to read. Asking first who they are would cost the others a round trip. */
export async function load(event) {
  const { uuid } = newKeyForm(event)
  try {
    const counts = countsOfProject(event)
    const list = await loadKeys(keysOfProject(event.locals.api, event.params.project), event)
    return { uuid, list, counts: await counts }
  } catch (error) {
    if (errorCodeOf(error) !== 'permission_denied') throw error
    return { list: null, readOnly: await loadReadOnlyKeys(event) }
  }
}

export const actions = {
  revoke: (event) => revokeListed(keysOfProject(event.locals.api, event.params.project), event),
  density: changeDensity,
}
