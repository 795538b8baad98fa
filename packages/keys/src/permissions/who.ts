import type { ProjectRole } from '../generated/enums.ts'
import { type Action, may, needsSession, type PlaceKind } from './permissions.ts'

export const EVERYONE = 'Everyone: no credential is needed.'
export const EVERY_USER = 'Every user, by a session or an API token.'
export const SIGNED_IN = 'Every user, by a session.'
export const OWN_ACCOUNT = 'The user, and server admins for every user, by a session or an API token.'

export const SERVER_ADMINS = 'Server admins, by a session or an API token.'
export const OWN_SESSION = 'The user alone, by a session.'
export const ANY_CREDENTIAL = 'Every user by a session or an API token, and every good project key.'
export const ITSELF = 'Every good project key, about itself.'
export const CLIENT =
  'Every user by a session or an API token, and every good project key, by Bearer, by Basic or in the form.'
export const A_KEY = 'A good key of the project that is asked for, by Bearer or as the password of Basic.'
export const VIEWERS =
  'Everyone if the project is public; else its members, the leaders of its organization, server admins and the project’s own keys.'

/** Says who may do this, in the words of docs/permissions.md. */
export function whoMay(action: Action, kind: PlaceKind): string {
  const leaders = kind === 'project' ? 'the leaders of its organization' : 'the leaders of the organization'
  const holders = [...(kind === 'project' ? membersWho(action) : []), leaders].join(', ')
  const credentials = needsSession(action) ? 'a session' : 'a session or an API token'
  return `\`${action}\` at the ${kind}: ${holders}, and server admins, by ${credentials}.`
}

const ROLES = { viewer: 'viewers', developer: 'developers', maintainer: 'maintainers' } satisfies Record<
  ProjectRole,
  string
>

function membersWho(action: Action): string[] {
  const stranger = { admin: false, leads: false, role: null, visibility: 'private' } as const
  const members = (['viewer', 'developer', 'maintainer'] as const)
    .filter((role) => may(action, { ...stranger, role }))
    .map((role) => ROLES[role])
  return may(action, { ...stranger, visibility: 'public' }) ? ['every user if it is public', ...members] : members
}
