import { type Cookies, fail, redirect } from '@sveltejs/kit'
import { isInUse, isUsedLately } from '#lib/key.ts'
import { at, placeOf, readKeyQuery } from '#lib/list-query.ts'
import { isTyped, problemOfName } from '#lib/names.ts'
import { words } from '#lib/words/en.ts'
import { errorCodeOf } from './api.ts'
import { isCompact } from './density.ts'
import { refusalMessage } from './failure.ts'
import type { Keys } from './keys.ts'
import { toLastPage } from './last-page.ts'

type Event = { url: URL; request: Request }
type ListEvent = { url: URL; locals: App.Locals; cookies: Cookies }

/** A page of keys; a page past the end redirects to the last one. The key to be revoked may be on another page. */
export async function loadKeys(source: Keys, { url, locals: { zone }, cookies }: ListEvent) {
  const query = readKeyQuery(url, source.sorts)
  const asked = url.searchParams.get('revoke')
  const now = Date.now()
  const [{ keys, ...totals }, revoking] = await Promise.all([
    source.page(query, { now, zone }),
    asked ? findRevocable(source, asked) : null,
  ])
  toLastPage(query, totals.total)
  const recent = await source.recent(keys.filter((key) => isUsedLately(key, now)).map(({ uuid }) => uuid))
  return {
    ...{ query, ...totals, now, revoking, isCompact: isCompact(cookies) },
    keys: keys.map((key) => ({ ...key, masked: source.masked(key.last_four), calls: recent.get(key.uuid) ?? null })),
  }
}

/** Null if there is no such key, or none that can be revoked. */
async function findRevocable(source: Keys, uuid: string) {
  const key = await source.details(uuid).catch((error) => {
    if (errorCodeOf(error) === 'key_not_found' || errorCodeOf(error) === 'invalid_input') return null
    throw error
  })
  return key?.revoked === null ? key : null
}

export async function loadKey(source: Keys, uuid: string, url: URL) {
  const key = await source.details(uuid)
  const isRevoking = url.searchParams.has('revoke') && key.revoked === null
  const isRenaming = url.searchParams.has('rename')
  const place = placeOf(readKeyQuery(url, source.sorts))
  return { key: { ...key, masked: source.masked(key.last_four) }, isRevoking, isRenaming, place, now: Date.now() }
}

export async function renameKey(source: Keys, uuid: string, { request, url }: Event) {
  const typed = String((await request.formData()).get('name') ?? '')
  const name = typed.trim()
  const problem = problemOfName(name) ?? (await source.rename(uuid, name).then(() => undefined, invalidInput))
  if (problem) return fail(400, { typed, problem, isRevoking: false })
  redirect(303, at(`${source.base}/${uuid}`, placeIn(source, url)))
}

/** Revokes a key on its own page. If someone else revoked it first, that shows who did. */
export async function revokeKey(source: Keys, uuid: string, event: Event) {
  const refused = await revoke(source, uuid, event)
  return refused ?? redirect(303, at(`${source.base}/${uuid}`, placeIn(source, event.url)))
}

/** The same from the list, to which it returns. */
export async function revokeListed(source: Keys, event: Event) {
  const { url } = event
  const refused = await revoke(source, url.searchParams.get('revoke') ?? '', event)
  return refused ?? redirect(303, at(source.base, placeIn(source, url)))
}

/** Requires the typed name if the key is in use. */
async function revoke(source: Keys, uuid: string, { request, url }: Event) {
  const typed = String((await request.formData()).get('name') ?? '')
  const key = await source.details(uuid)
  const isMeant = url.searchParams.has('pasted')
  if (!isMeant && isInUse(key, Date.now()) && !key.revoked && !isTyped(typed, key.name)) {
    return fail(400, { typed, problem: words.typedName.mismatch, isRevoking: true })
  }
  try {
    await source.revoke(uuid)
  } catch (error) {
    if (errorCodeOf(error) !== 'already_revoked') throw error
  }
}

const placeIn = (source: Keys, url: URL) => placeOf(readKeyQuery(url, source.sorts))
const invalidInput = (error: unknown) => refusalMessage(error, 'invalid_input')
