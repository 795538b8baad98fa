import type { Usage } from '#lib/api-types.ts'
import { pastedKey } from '#lib/pasted-key.ts'
import type { Found, Miss, PastedOutcome } from '#lib/pasted-outcome.ts'
import { type Api, errorCodeOf } from './api.ts'
import { refusalMessage } from './failure.ts'

/** The project and the UUID of the key in this text, or why there is none; never the key itself. */
export async function findPasted({ keys }: Api, text: string): Promise<{ project: string; uuid: string } | Miss> {
  const pasted = pastedKey(text)
  if (pasted?.kind === 'user') return 'token'
  if (!pasted) return 'unknown'
  try {
    return await keys.find.mutate({ key: pasted.key })
  } catch (error) {
    if (errorCodeOf(error) === 'key_not_found') return 'unknown'
    throw error
  }
}

export async function describePasted(api: Api, text: string): Promise<PastedOutcome> {
  try {
    // Without a session, not even the form of a text is judged.
    const [at] = await Promise.all([findPasted(api, text), api.users.me.query()])
    return typeof at === 'string' ? { miss: at } : { found: await describe(api, at) }
  } catch (error) {
    return { refused: refusalMessage(error) }
  }
}

async function describe(api: Api, { project, uuid: key }: { project: string; uuid: string }): Promise<Found> {
  const [{ slug, name }, details, { days }] = await Promise.all([
    api.projects.overview.query({ project }),
    api.projectKeys.details.query({ project, key }),
    api.verification.usage.query({ project, key }),
  ])
  const { uuid, expiration, revoked, last_used, address } = details
  return {
    uuid,
    name: details.name,
    expiration,
    revoked,
    last_used,
    address,
    project: { slug, name },
    today: callsToday(days),
    now: Date.now(),
  }
}

const callsToday = (days: Usage['days']) => days.at(-1)?.calls ?? 0
