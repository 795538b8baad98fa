import { fail, redirect } from '@sveltejs/kit'
import { at, placeOf, readFrom, readListQuery } from '#lib/list-query.ts'
import { refusalMessage } from '#lib/server/failure.ts'
import { toLastPage } from '#lib/server/last-page.ts'
import { maskedKey } from '#lib/server/settings.ts'

export async function load({ locals: { api }, params: { user }, url }) {
  const query = readQuery(url)
  const { from, ...list } = query
  const [person, made, { keys, total }] = await Promise.all([
    api.users.view.query({ user }),
    api.madeKeys.ofUser.query({ user }),
    api.madeKeys.page.query({ ...list, user }),
  ])
  toLastPage(query, total)
  const masked = keys.map((key) => ({ ...key, masked: maskedKey('run', key.last_four) }))
  const has = (name: string) => url.searchParams.has(name)
  return {
    ...{ query, person, made, keys: masked, total, now: Date.now() },
    ...{ isLocking: has('lock') && !person.locked, isRevoking: has('revoke'), isChanged: has('changed') },
  }
}

const readQuery = (url: URL) => ({ ...readListQuery(url), from: readFrom(url) })

type Change = { admin?: boolean; locked?: boolean }

const change =
  (changes: Change) =>
  async ({ locals, params: { user }, url }: { locals: App.Locals; params: { user: string }; url: URL }) => {
    try {
      await locals.api.users.update.mutate({ user, ...changes })
    } catch (error) {
      return fail(409, { refused: refusalMessage(error, 'last_admin', 'recent_sign_in_required') })
    }
    redirect(303, at(`/admin/users/${user}`, placeOf(readQuery(url)), 'changed'))
  }

export const actions = {
  lock: change({ locked: true }),
  unlock: change({ locked: false }),
  makeAdmin: change({ admin: true }),
  takeAdmin: change({ admin: false }),

  /** Revokes the next thousand. The page asks again until none remains, so each request is short and shows how far it is. */
  async revoke({ request, locals: { api }, params: { user } }) {
    const form = await request.formData()
    const reason = String(form.get('reason') ?? '').trim()
    const before = Number(form.get('revoked')) || 0
    try {
      const { project_keys, remaining } = await api.madeKeys.revoke.mutate({ user, ...(reason && { reason }) })
      return { revoked: before + project_keys, remaining, reason }
    } catch (error) {
      return fail(400, { refused: refusalMessage(error, 'invalid_input') })
    }
  },
}
