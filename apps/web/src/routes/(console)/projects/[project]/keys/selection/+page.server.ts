import { fail, redirect } from '@sveltejs/kit'
import type { Choice } from '#lib/expiry.ts'
import { at, placeOf, readKeyQuery } from '#lib/list-query.ts'
import type { Act } from '#lib/selection.ts'
import { refusalMessage } from '#lib/server/failure.ts'
import { renewalIn } from '#lib/server/renewal.ts'
import { actIn, askFirst, renewSelected, revokeSelected, selectMatching, uuidsIn } from '#lib/server/selection.ts'
import { words } from '#lib/words/en.ts'

type Event = { locals: App.Locals; params: { project: string }; url: URL; request: Request }

/** The question before an act belongs to the keys that a form sends. Without a form there is only the list. */
export function load({ url, params: { project }, request, locals: { zone } }) {
  const place = placeOf(readKeyQuery(url))
  if (request.method === 'GET') redirect(303, at(`/projects/${project}/keys`, place))
  return { place, now: Date.now(), zone }
}

const placeIn = ({ locals: { api }, params: { project } }: Event) => ({ api, project })
const momentIn = (text: FormDataEntryValue | null) => {
  const now = Number(text)
  return Number.isSafeInteger(now) && now > 0 && now <= Date.now() ? now : Date.now()
}

/** The keys that a form means: those that are ticked, or all that its list showed at that time. */
async function keysIn(event: Event, form: FormData): Promise<string[]> {
  const there = form.get('all')
  if (there === null) return uuidsIn(form)
  const moment = { now: momentIn(there), zone: event.locals.zone }
  return (await selectMatching(placeIn(event), readKeyQuery(event.url), moment)).uuids
}

type Refused = { typed?: { expiry: Choice; date: string }; reason?: string; problem: string }

/** The question again, for a page without a script. */
async function refuse(event: Event, { act, uuids }: { act: Act; uuids: string[] }, refused: Refused) {
  const question = await askFirst(placeIn(event), act, uuids).catch((error) => {
    refusalMessage(error, 'invalid_input')
    return null
  })
  return fail(400, { question, ...refused })
}

export const actions = {
  /** The meaning of an act. */
  async ask(event: Event) {
    const form = await event.request.formData()
    const uuids = await keysIn(event, form)
    if (uuids.length === 0) return fail(400, { problem: words.selection.none })
    try {
      return { question: await askFirst(placeIn(event), actIn(form), uuids) }
    } catch (error) {
      return fail(400, { problem: refusalMessage(error, 'invalid_input') })
    }
  },

  /** All that match the list, for a script that selects them. */
  async matching(event: Event) {
    const form = await event.request.formData()
    const moment = { now: momentIn(form.get('all')), zone: event.locals.zone }
    return selectMatching(placeIn(event), readKeyQuery(event.url), moment)
  },

  async revoke(event: Event) {
    const form = await event.request.formData()
    const uuids = uuidsIn(form)
    const reason = String(form.get('reason') ?? '').trim()
    try {
      return { act: 'revoke' as const, outcomes: await revokeSelected(placeIn(event), uuids, reason) }
    } catch (error) {
      return refuse(event, { act: 'revoke', uuids }, { reason, problem: refusalMessage(error, 'invalid_input') })
    }
  },

  async renew(event: Event) {
    const form = await event.request.formData()
    const uuids = uuidsIn(form)
    const { typed, expiration } = renewalIn(form, { now: Date.now(), zone: event.locals.zone })
    if (expiration === undefined) {
      return refuse(event, { act: 'renew', uuids }, { typed, problem: words.newKey.dateMissing })
    }
    try {
      return { act: 'renew' as const, outcomes: await renewSelected(placeIn(event), uuids, expiration) }
    } catch (error) {
      return refuse(event, { act: 'renew', uuids }, { typed, problem: refusalMessage(error, 'invalid_input') })
    }
  },
}
