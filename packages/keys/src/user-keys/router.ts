import { z } from 'zod'
import { Name, Ttl, Uuid } from '../fields/fields.ts'
import { StoredUuid, UserUuid } from '../fields/stored.ts'
import { stateInRest } from '../key/filters.ts'
import type { NewKey } from '../key/issue.ts'
import { consoleCounts, consoleFilters, created, described, exactly, keyFilters, withoutNull } from '../key/shapes.ts'
import { OWN_SESSION } from '../permissions/who.ts'
import { alreadyCreated, alreadyRevoked, counted, found, nothingToChange, unlessTaken } from '../trpc/answers.ts'
import { refusal } from '../trpc/errors.ts'
import { limit } from '../trpc/limit.ts'
import { router, type UserContext } from '../trpc/procedures.ts'
import { inSession, requireSession } from '../trpc/session.ts'
import { personProcedure } from '../users/person.ts'
import {
  columns,
  countUserKeys,
  createUserKey,
  findUserKey,
  listUserKeys,
  renameUserKey,
  revokeUserKey,
} from './user-keys.ts'

const tags = ['user keys']
const noKey = () => refusal('key_not_found', 'The user has no such key.')

const UserKey = z.object({ uuid: StoredUuid, user: UserUuid, ...described }).meta({ id: 'UserKey' })
const UserKeyCreated = z.object({ uuid: StoredUuid, user: UserUuid, ...created }).meta({ id: 'UserKeyCreated' })
const UserKeyCard = z.object(columns).omit({ user: true })

export const userKeysRouter = router({
  list: personProcedure(keyFilters)
    .meta({
      openapi: {
        method: 'GET',
        path: '/v0/users/{user}/keys',
        tags,
        summary: 'List user keys (API tokens)',
        description: 'Your own, sorted by name. A server admin can list those of every user.',
      },
    })
    .output(z.array(UserKey))
    .query(async ({ ctx, input }) => {
      const request = { ...input, state: stateInRest(input), now: ctx.now, user: ctx.person.uuid }
      const keys = await listUserKeys(ctx.db, request)
      return counted(ctx, keys).map(withoutNull)
    }),

  create: personProcedure({ name: Name, ttl: Ttl })
    .meta({
      who: OWN_SESSION,
      refusals: ['session_required', 'own_account_only'],
      status: 201,
      openapi: {
        method: 'POST',
        path: '/v0/users/{user}/keys',
        tags,
        summary: 'Create a user key (an API token)',
        description:
          'It may do everything that its user may, except create API tokens. Only this response holds the key itself.',
      },
    })
    .output(UserKeyCreated)
    .mutation(({ ctx, input: { name, ttl } }) => create(ctx, { name, ttl })),

  view: personProcedure({ key: Uuid })
    .meta({
      refusals: ['key_not_found'],
      openapi: {
        method: 'GET',
        path: '/v0/users/{user}/keys/{key}',
        tags,
        summary: 'View a user key',
        description: 'Its name and times, not the key itself. `revoked` is absent while the key is active.',
      },
    })
    .output(UserKey)
    .query(async ({ ctx, input }) => withoutNull(found(await findUserKey(ctx.db, one(ctx, input)), noKey))),

  rename: personProcedure({ key: Uuid, name: Name.nullish() })
    .meta({
      refusals: ['key_not_found', 'nothing_to_change'],
      openapi: {
        method: 'PATCH',
        path: '/v0/users/{user}/keys/{key}',
        tags,
        summary: 'Rename a user key',
        description: 'Only the name can change. Revoked keys can be renamed, too.',
      },
    })
    .output(UserKey)
    .mutation(async ({ ctx, input }) => {
      const { name } = input
      if (name) return withoutNull(found(await renameUserKey(ctx.db, { ...one(ctx, input), name }), noKey))
      found(await findUserKey(ctx.db, one(ctx, input)), noKey)
      throw nothingToChange()
    }),

  revoke: personProcedure({ key: Uuid })
    .meta({
      refusals: ['key_not_found', 'already_revoked'],
      status: 204,
      openapi: {
        method: 'DELETE',
        path: '/v0/users/{user}/keys/{key}',
        tags,
        summary: 'Revoke a user key',
        description: 'A revocation is final: the key never authenticates again.',
      },
    })
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      const outcome = await revokeUserKey(ctx.db, { ...one(ctx, input), now: ctx.now })
      found(outcome !== 'not found', noKey)
      if (outcome === 'was revoked') throw alreadyRevoked()
    }),

  /** A page of the console's list. */
  page: personProcedure(consoleFilters)
    .output(z.object({ keys: z.array(UserKeyCard), ...consoleCounts }))
    .query(async ({ ctx, input }) => {
      const [user, now] = [ctx.person.uuid, ctx.now]
      const [{ items, total }, counts] = await Promise.all([
        listUserKeys(ctx.db, { ...input, user, now }),
        countUserKeys(ctx.db, { user, now }),
      ])
      return { keys: items, ...exactly(total), counts }
    }),

  /** Everything that the console's page of a key shows. */
  details: personProcedure({ key: Uuid })
    .output(UserKeyCard)
    .query(async ({ ctx, input }) => found(await findUserKey(ctx.db, one(ctx, input)), noKey)),

  /** For a form that may be sent twice: the form brings the `uuid`, and the second request is a conflict. */
  createOnce: personProcedure({ uuid: Uuid, name: Name, ttl: Ttl })
    .output(UserKeyCreated)
    .mutation(({ ctx, input: { uuid, name, ttl } }) =>
      unlessTaken(alreadyCreated, () => create(ctx, { uuid, name, ttl })),
    ),
})

type OfPerson = { person: { uuid: string } }

/** A user key can't create another, because revoking it must end all access that came from it. Users create only their own. */
async function create(ctx: UserContext & OfPerson, wanted: Pick<NewKey, 'uuid' | 'name' | 'ttl'>) {
  requireSession(ctx)
  if (ctx.person.uuid !== ctx.user.uuid)
    throw refusal(
      'own_account_only',
      'Only the users themselves can create their API tokens, because a token acts as its user.',
    )
  limit(ctx, 'keys', ctx.user.uuid)
  const own = { user: ctx.user.uuid, prefix: ctx.keyPrefix, now: ctx.now }
  return inSession(ctx, (db) => createUserKey(db, { ...wanted, ...own }))
}

const one = ({ person }: OfPerson, { key }: { key: string }) => ({ user: person.uuid, uuid: key })
