import type { CreatedKey, DetailedKey, KeyPage, NewKey, NewProjectKey } from '#lib/api-types.ts'
import type { Moment } from '#lib/days.ts'
import { spanOf } from '#lib/expiry-filter.ts'
import type { KeyQuery, Sort } from '#lib/list-query.ts'
import type { Api } from './api.ts'
import { maskedKey } from './settings.ts'

/** The keys of one project or of one user: the pages of both are the same. */
export type Keys = {
  page: (query: KeyQuery, moment: Moment) => Promise<KeyPage>
  details: (uuid: string) => Promise<DetailedKey>
  createOnce: (key: NewProjectKey & NewKey) => Promise<CreatedKey>
  rename: (uuid: string, name: string) => Promise<unknown>
  revoke: (uuid: string) => Promise<unknown>
  masked: (lastFour: string) => string
  /** The calls of the last days of those keys that had any, by UUID; the API counts none of user keys. */
  recent: (uuids: string[]) => Promise<Map<string, number[]>>
  sorts: readonly Sort[]
  /** The path of the list. */
  base: string
}

export const keysOfProject = ({ projectKeys, verification }: Api, project: string): Keys => ({
  page: (query, moment) => projectKeys.page.query({ ...query, ...spanOf(query.expires, moment), project }),
  details: (key) => projectKeys.details.query({ project, key }),
  createOnce: (key) => projectKeys.createOnce.mutate({ ...key, project }),
  rename: (key, name) => projectKeys.rename.mutate({ project, key, name }),
  revoke: (key) => projectKeys.revoke.mutate({ project, key }),
  masked: (lastFour) => maskedKey('run', lastFour),
  async recent(keys) {
    const used = keys.length > 0 ? await verification.recentUsage.query({ project, keys }) : []
    return new Map(used.map(({ uuid, calls }) => [uuid, calls]))
  },
  sorts: ['name', 'creation', 'expiration', 'creator', 'last_used'],
  base: `/projects/${project}/keys`,
})

const OWN_SORTS = ['name', 'creation', 'expiration'] as const
const isOwnSort = (sort: Sort): sort is (typeof OWN_SORTS)[number] => OWN_SORTS.some((own) => own === sort)

/** The user keys of the person who is signed in. */
export async function ownUserKeys({ userKeys, users }: Api): Promise<Keys> {
  const { uuid: user } = await users.me.query()
  return {
    page: ({ sort, attention: _, ...query }, moment) =>
      userKeys.page.query({ ...query, ...spanOf(query.expires, moment), sort: isOwnSort(sort) ? sort : 'name', user }),
    details: (key) => userKeys.details.query({ user, key }),
    createOnce: ({ uuid, name, ttl }) => userKeys.createOnce.mutate({ uuid, name, ttl, user }),
    rename: (key, name) => userKeys.rename.mutate({ user, key, name }),
    revoke: (key) => userKeys.revoke.mutate({ user, key }),
    masked: (lastFour) => maskedKey('user', lastFour),
    recent: async () => new Map(),
    sorts: OWN_SORTS,
    base: '/account/tokens',
  }
}
