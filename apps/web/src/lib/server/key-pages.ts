import { fail, redirect } from '@sveltejs/kit'
import { isInUse } from '#lib/key.ts'
import { listHref, readKeyQuery } from '#lib/list-query.ts'
import { isTyped, problemOfName } from '#lib/names.ts'
import { words } from '#lib/words/en.ts'
import { refusal } from './api.ts'
import { sentenceOf } from './failure.ts'
import type { Keys } from './keys.ts'

/** A page of keys; who asks for one past the end gets the last one. */
export async function loadKeys(of: Keys, { url, locals: { zone } }: { url: URL; locals: App.Locals }) {
  const query = readKeyQuery(url)
  const now = Date.now()
  const { keys, ...totals } = await of.page(query, { now, zone })
  const last = Math.max(1, Math.ceil(totals.total / query.per_page))
  if (query.page > last) redirect(303, listHref(query, { page: last }))
  return { query, ...totals, now, keys: keys.map((key) => ({ ...key, masked: of.masked(key.last_four) })) }
}

export async function loadKey(of: Keys, uuid: string, { searchParams }: URL) {
  const key = await of.details(uuid)
  const isRevoking = searchParams.has('revoke') && key.revoked === null
  const isRenaming = searchParams.has('rename')
  return { key: { ...key, masked: of.masked(key.last_four) }, isRevoking, isRenaming, now: Date.now() }
}

export async function renameKey(of: Keys, uuid: string, request: Request) {
  const typed = String((await request.formData()).get('name') ?? '')
  const name = typed.trim()
  const problem = problemOfName(name) ?? (await of.rename(uuid, name).then(() => undefined, badRequest))
  if (problem) return fail(400, { typed, problem, isRevoking: false })
  redirect(303, `${of.base}/${uuid}`)
}

/** Whoever comes second sees who was first; one that is in use takes its name. */
export async function revokeKey(of: Keys, uuid: string, request: Request) {
  const typed = String((await request.formData()).get('name') ?? '')
  const { name, ...key } = await of.details(uuid)
  if (isInUse(key, Date.now()) && !key.revoked && !isTyped(typed, name)) {
    return fail(400, { typed, problem: words.typedName.mismatch, isRevoking: true })
  }
  try {
    await of.revoke(uuid)
  } catch (error) {
    if (refusal(error) !== 'CONFLICT') throw error
  }
  redirect(303, `${of.base}/${uuid}`)
}

const badRequest = (error: unknown) => sentenceOf(error, 'BAD_REQUEST')
