import { fail, redirect } from '@sveltejs/kit'
import { isInUse } from '#lib/key.ts'
import { readKeyQuery } from '#lib/list-query.ts'
import { isTyped, problemOfName } from '#lib/names.ts'
import { words } from '#lib/words/en.ts'
import { errorCodeOf } from './api.ts'
import { refusalMessage } from './failure.ts'
import type { Keys } from './keys.ts'
import { toLastPage } from './last-page.ts'

/** A page of keys; a page past the end redirects to the last one. */
export async function loadKeys(source: Keys, { url, locals: { zone } }: { url: URL; locals: App.Locals }) {
  const query = readKeyQuery(url)
  const now = Date.now()
  const { keys, ...totals } = await source.page(query, { now, zone })
  toLastPage(query, totals.total)
  return { query, ...totals, now, keys: keys.map((key) => ({ ...key, masked: source.masked(key.last_four) })) }
}

export async function loadKey(source: Keys, uuid: string, { searchParams }: URL) {
  const key = await source.details(uuid)
  const isRevoking = searchParams.has('revoke') && key.revoked === null
  const isRenaming = searchParams.has('rename')
  return { key: { ...key, masked: source.masked(key.last_four) }, isRevoking, isRenaming, now: Date.now() }
}

export async function renameKey(source: Keys, uuid: string, request: Request) {
  const typed = String((await request.formData()).get('name') ?? '')
  const name = typed.trim()
  const problem = problemOfName(name) ?? (await source.rename(uuid, name).then(() => undefined, invalidInput))
  if (problem) return fail(400, { typed, problem, isRevoking: false })
  redirect(303, `${source.base}/${uuid}`)
}

/** Requires the typed name if the key is in use. If someone else revoked it first, the page shows who did. */
export async function revokeKey(source: Keys, uuid: string, request: Request) {
  const typed = String((await request.formData()).get('name') ?? '')
  const key = await source.details(uuid)
  if (isInUse(key, Date.now()) && !key.revoked && !isTyped(typed, key.name)) {
    return fail(400, { typed, problem: words.typedName.mismatch, isRevoking: true })
  }
  try {
    await source.revoke(uuid)
  } catch (error) {
    if (errorCodeOf(error) !== 'already_revoked') throw error
  }
  redirect(303, `${source.base}/${uuid}`)
}

const invalidInput = (error: unknown) => refusalMessage(error, 'invalid_input')
