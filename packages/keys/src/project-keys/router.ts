import { z } from 'zod'
import { Uuid } from '../fields/fields.ts'
import { idempotencyHeaders } from '../idempotency/header.ts'
import { ONCE_REFUSALS, once } from '../idempotency/once.ts'
import { stateInRest } from '../key/filters.ts'
import { consoleCounts, keyFilters, readOnlyFilters } from '../key/shapes.ts'
import { rotationFields } from '../key-rotation/stored.ts'
import { ExternalId } from '../key-settings/inputs.ts'
import { slips, slipsOfNew } from '../key-settings/slips.ts'
import { settingsOrNull } from '../key-settings/stored.ts'
import { brokenRules, lifetimeOf, type Policies } from '../policy/policy.ts'
import { alreadyCreated, alreadyRevoked, counted, found, nothingToChange, unlessTaken } from '../trpc/answers.ts'
import { refusal } from '../trpc/errors.ts'
import { limit } from '../trpc/limit.ts'
import { unparsed } from '../trpc/output.ts'
import { projectProcedure, router, type UserContext } from '../trpc/procedures.ts'
import { withinQuota } from '../trpc/quota.ts'
import { bulkProcedures } from './bulk.ts'
import {
  changedKey,
  KeyCard,
  KeyDetails,
  type KeyRow,
  newKey,
  onCard,
  onWire,
  ProjectKey,
  ProjectKeyCreated,
  person,
  ReadOnlyKey,
} from './columns.ts'
import { listCards, listKeys } from './list.ts'
import { listInput } from './list-filters.ts'
import { refuseBreach, refuseChangeAgainstPolicy } from './policy.ts'
import { countUnrevokedKeys, createKey, findDetails, findKey, revokeKey } from './project-keys.ts'
import { listReadOnly } from './read-only.ts'
import { selectionProcedures } from './selection.ts'
import { changedColumns, updateKey } from './update.ts'

const tags = ['project keys']
const noKey = () => refusal('key_not_found', 'The project has no such key.')
const notInFuture = () => refusal('invalid_input', 'expiration: must be in the future.')
const keyRevoked = () => {
  const message = 'The key is revoked, so only its `name`, `description`, `external_id` and `metadata` can change.'
  return refusal('key_revoked', message)
}

export const projectKeysRouter = router({
  list: unparsed(
    z.array(ProjectKey),
    projectProcedure('manage', { ...keyFilters, external_id: ExternalId.optional() })
      .meta({
        openapi: {
          method: 'GET',
          path: '/v0/projects/{project}/keys',
          tags,
          summary: 'List project keys',
          description:
            'Sorted by name in the byte order of UTF-8. `X-Total-Count` is the number of matches on all pages.',
        },
      })
      .query(async ({ ctx, input }) => {
        const page = await listKeys(ctx.db, {
          ...input,
          state: stateInRest(input),
          now: ctx.now,
          project: ctx.project.uuid,
        })
        return shown(ctx, counted(ctx, page))
      }),
  ),

  create: unparsed(
    ProjectKeyCreated,
    projectProcedure('manage', { ...newKey, ...slipsOfNew })
      .meta({
        refusals: ['quota_exceeded', 'policy', ...ONCE_REFUSALS],
        status: 201,
        openapi: {
          method: 'POST',
          path: '/v0/projects/{project}/keys',
          tags,
          summary: 'Create a project key',
          description:
            'Only this response holds the key itself. With an `Idempotency-Key`, the same request gets it again for 24 hours.',
          requestHeaders: idempotencyHeaders,
        },
      })
      .mutation(({ ctx, input: { project: _, ...wanted } }) =>
        once(ctx, { by: ctx.user.uuid, fields: wanted }, (ctx, letters) => createOwn(ctx, { ...wanted, letters })),
      ),
  ),

  view: unparsed(
    ProjectKey,
    projectProcedure('manage', { key: Uuid })
      .meta({
        refusals: ['key_not_found'],
        openapi: {
          method: 'GET',
          path: '/v0/projects/{project}/keys/{key}',
          tags,
          summary: 'View a project key',
          description: 'Its name and times, not the key itself. `revoked` is absent while the key is active.',
        },
      })
      .query(async ({ ctx, input }) => shownOne(ctx, found(await findKey(ctx.db, one(ctx, input)), noKey))),
  ),

  /** Named by the one field that it could change at first, because clients call it by this name. */
  rename: unparsed(
    ProjectKey,
    projectProcedure('manage', { key: Uuid, ...changedKey, ...slips })
      .meta({
        refusals: ['key_not_found', 'nothing_to_change', 'key_revoked', 'policy'],
        openapi: {
          method: 'PATCH',
          path: '/v0/projects/{project}/keys/{key}',
          tags,
          summary: 'Change or renew a project key',
          description:
            'Changes the fields in its body and nothing else; null takes away what may be missing. An expired key can be renewed. Of a revoked key only `name`, `description`, `external_id` and `metadata` can change.',
        },
      })
      .mutation(async ({ ctx, input: { project: _, key, ...changes } }) => {
        if (changes.expiration && new Date(changes.expiration) <= ctx.now) throw notInFuture()
        const data = changedColumns(changes, ctx.now)
        if (Object.keys(data).length === 0) {
          found(await findKey(ctx.db, one(ctx, { key })), noKey)
          throw nothingToChange()
        }
        const at = one(ctx, { key })
        await refuseChangeAgainstPolicy(ctx.db, at, { policies: ctx.project.policies, changes, now: ctx.now })
        const outcome = await updateKey(ctx, { ...at, data })
        if (outcome === 'not found') throw noKey()
        if (outcome === 'revoked') throw keyRevoked()
        return shownOne(ctx, outcome)
      }),
  ),

  revoke: projectProcedure('manage', { key: Uuid })
    .meta({
      refusals: ['key_not_found', 'already_revoked'],
      status: 204,
      openapi: {
        method: 'DELETE',
        path: '/v0/projects/{project}/keys/{key}',
        tags,
        summary: 'Revoke a project key',
        description: 'A revocation is final: the key never authenticates again.',
      },
    })
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      const outcome = await revokeKey(ctx, { ...one(ctx, input), revoker: ctx.user.uuid, now: ctx.now })
      found(outcome !== 'not found', noKey)
      if (outcome === 'was revoked') throw alreadyRevoked()
    }),

  /**
   * A page of the console's list, with the makers' names and the counts of all tabs. Expired keys are counted up to 10,000,
   * and the matches of a filter by expiry, or of keys that need attention, for the next 1,000.
   */
  page: unparsed(
    z.object({ keys: z.array(KeyCard), ...consoleCounts }),
    projectProcedure('manage', listInput).query(async ({ ctx, input }) => {
      const { uuid: project, policies } = ctx.project
      const filters = { ...input, now: ctx.now, project, policies }
      const { items, ...totals } = await listCards(ctx.db, filters)
      return { keys: items.map((key) => onCard(key, policies)), ...totals }
    }),
  ),

  /** A page of the console's list for members who do not manage the keys. It names all that they may know of a key. */
  readOnlyPage: projectProcedure('view_keys', readOnlyFilters)
    .output(z.object({ keys: z.array(ReadOnlyKey), ...consoleCounts }))
    .query(async ({ ctx, input }) => {
      const { items, ...totals } = await listReadOnly(ctx.db, { ...input, now: ctx.now, project: ctx.project.uuid })
      const keys = items.map(({ name, last_four, last_used }) => ({ name, last_four, status: input.state, last_used }))
      return { keys, ...totals }
    }),

  /** Everything that the console's page of a key shows. */
  details: projectProcedure('manage', { key: Uuid })
    .output(KeyDetails)
    .query(async ({ ctx, input }) => {
      const key = found(await findDetails(ctx.db, { ...one(ctx, input), now: ctx.now }), noKey)
      return {
        ...key,
        ...settingsOrNull(key.settings),
        creator: person(key.creator, key.creator_name),
        revoker: person(key.revoker, key.revoker_name),
        outside_policy: brokenRules(ctx.project.policies, key),
      }
    }),

  ...bulkProcedures,
  ...selectionProcedures,

  /** For a form that may be sent twice: the form brings the `uuid`, and the second request is a conflict. */
  createOnce: projectProcedure('manage', { uuid: Uuid, ...newKey, ...slipsOfNew })
    .output(ProjectKeyCreated)
    .mutation(({ ctx, input: { project: _, ...wanted } }) => unlessTaken(alreadyCreated, () => createOwn(ctx, wanted))),
})

type Shown = Pick<UserContext, 'db' | 'now'>

async function shown({ db, now }: Shown, keys: KeyRow[]) {
  const rotationOf = await rotationFields(db, { keys, now })
  return keys.map((key) => ({ ...onWire(key), ...rotationOf(key) }))
}

async function shownOne({ db, now }: Shown, key: KeyRow) {
  const rotationOf = await rotationFields(db, { keys: [key], now })
  return { ...onWire(key), ...rotationOf(key) }
}

type Managed = UserContext & { project: { uuid: string; policies: Policies } }

type Wanted = Pick<Parameters<typeof createKey>[1], 'uuid' | 'letters' | keyof typeof newKey>

async function createOwn(ctx: Managed, wanted: Wanted) {
  limit(ctx, 'keys', ctx.user.uuid)
  const { project, user, keyPrefix: prefix, now } = ctx
  const { policies } = project
  const { scopes = null, allowed_networks = null } = wanted
  const ttl = lifetimeOf(policies, wanted.ttl)
  refuseBreach(policies, { lifetime: ttl, scopes, allowed_networks })
  await withinQuota(ctx, 'keys', { owner: project.uuid, count: () => countUnrevokedKeys(ctx.db, project.uuid) })
  return createKey(ctx, { ...wanted, ttl, project: project.uuid, creator: user.uuid, prefix, now })
}

const one = ({ project }: Managed, { key }: { key: string }) => ({ project: project.uuid, uuid: key })
