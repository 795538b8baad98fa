import { fail, redirect } from '@sveltejs/kit'
import { listHref, readListQuery } from '#lib/list-query.ts'
import { problemOfName } from '#lib/names.ts'
import { refusal } from './api.ts'
import { sentenceOf } from './failure.ts'
import type { Keys } from './keys.ts'

/** A page of keys; who asks for one past the end gets the last one. */
export async function loadKeys(of: Keys, url: URL) {
  const query = readListQuery(url)
  const { keys, ...totals } = await of.page(query)
  const last = Math.max(1, Math.ceil(totals.total / query.per_page))
  if (query.page > last) redirect(303, listHref(query, { page: last }))
  return { query, ...totals, now: Date.now(), keys: keys.map((key) => ({ ...key, masked: of.masked(key.last_four) })) }
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
  if (problem) return fail(400, { typed, problem })
  redirect(303, `${of.base}/${uuid}`)
}

/** Whoever comes second sees who was first. */
export async function revokeKey(of: Keys, uuid: string) {
  try {
    await of.revoke(uuid)
  } catch (error) {
    if (refusal(error) !== 'CONFLICT') throw error
  }
  redirect(303, `${of.base}/${uuid}`)
}

const badRequest = (error: unknown) => sentenceOf(error, 'BAD_REQUEST')
