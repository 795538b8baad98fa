import type { Tenant } from './tenant.ts'

export type Who = 'leader' | 'maintainer' | 'guest' | 'admin'
export type Mutation = { who: Who; hasRole?: false; input: (tenant: Tenant) => Record<string, unknown> }

const UUID = '01890a5d-ac96-774b-bcce-b302099a8057'
const ofProject = ({ project }: Tenant) => ({ project: project.uuid })
const ofOrganization = ({ project }: Tenant) => ({ organization: project.organization })
const user = ({ maintainer }: Tenant) => ({ user: maintainer.uuid })
const mate = ({ mate }: Tenant) => ({ user: mate.uuid })

/** Each mutation with somebody who may do it, and by no role where `hasRole` is false. */
export const MUTATIONS: Record<string, Mutation> = {
  'auth.accept': {
    who: 'guest',
    hasRole: false,
    input: ({ invitations }) => ({ invite: invitations.atProject.invite }),
  },
  'auth.signOut': { who: 'maintainer', hasRole: false, input: () => ({}) },
  'organizations.create': { who: 'leader', hasRole: false, input: () => ({ name: 'New' }) },
  'organizations.update': { who: 'leader', input: (at) => ({ ...ofOrganization(at), name: 'New' }) },
  'organizationMembers.update': {
    who: 'leader',
    input: (at) => ({ ...ofOrganization(at), ...mate(at), role: 'leader' }),
  },
  'organizationMembers.remove': { who: 'leader', input: (at) => ({ ...ofOrganization(at), ...mate(at) }) },
  'organizationInvitations.create': {
    who: 'leader',
    input: (at) => ({ ...ofOrganization(at), email: 'new@example.com', role: 'leader' }),
  },
  'organizationInvitations.withdraw': {
    who: 'leader',
    input: (at) => ({ ...ofOrganization(at), invitation: at.invitations.atOrganization.uuid }),
  },
  'projects.create': { who: 'leader', input: (at) => ({ ...ofOrganization(at), name: 'New' }) },
  'projects.update': { who: 'leader', input: (at) => ({ ...ofProject(at), name: 'New' }) },
  'projects.delete': { who: 'leader', input: ofProject },
  'projectMembers.update': { who: 'leader', input: (at) => ({ ...ofProject(at), ...mate(at), role: 'developer' }) },
  'projectMembers.remove': { who: 'leader', input: (at) => ({ ...ofProject(at), ...mate(at) }) },
  'projectInvitations.create': {
    who: 'leader',
    input: (at) => ({ ...ofProject(at), email: 'new@example.com', role: 'maintainer' }),
  },
  'projectInvitations.withdraw': {
    who: 'leader',
    input: (at) => ({ ...ofProject(at), invitation: at.invitations.atProject.uuid }),
  },
  'projectKeys.create': { who: 'leader', input: (at) => ({ ...ofProject(at), name: 'new' }) },
  'projectKeys.createOnce': { who: 'leader', input: (at) => ({ ...ofProject(at), name: 'new', uuid: UUID }) },
  'projectKeys.rename': { who: 'leader', input: (at) => ({ ...ofProject(at), key: at.key.uuid, name: 'new' }) },
  'projectKeys.revoke': { who: 'leader', input: (at) => ({ ...ofProject(at), key: at.key.uuid }) },
  'projectKeys.revokeMany': { who: 'leader', input: (at) => ({ ...ofProject(at), keys: [at.key.uuid] }) },
  'projectKeys.impact': { who: 'leader', input: (at) => ({ ...ofProject(at), keys: [at.key.uuid] }) },
  'projectKeys.exportSelected': { who: 'leader', input: (at) => ({ ...ofProject(at), keys: [at.key.uuid] }) },
  'projectKeys.renewMany': {
    who: 'leader',
    input: (at) => ({ ...ofProject(at), keys: [at.key.uuid], expiration: '2027-01-01T00:00:00Z' }),
  },
  'rotations.rotate': { who: 'leader', input: (at) => ({ ...ofProject(at), key: at.key.uuid, replace: true }) },
  'rotations.end': { who: 'leader', input: (at) => ({ ...ofProject(at), key: at.key.uuid }) },
  'keys.find': { who: 'leader', input: ({ key }) => ({ key: key.key }) },
  'madeKeys.revoke': { who: 'admin', input: ({ mate }) => ({ user: mate.uuid }) },
  'userKeys.create': { who: 'maintainer', hasRole: false, input: (at) => ({ ...user(at), name: 'new' }) },
  'userKeys.createOnce': {
    who: 'maintainer',
    hasRole: false,
    input: (at) => ({ ...user(at), name: 'new', uuid: UUID }),
  },
  'userKeys.rename': {
    who: 'maintainer',
    hasRole: false,
    input: (at) => ({ ...user(at), key: at.userKey.uuid, name: 'new' }),
  },
  'userKeys.revoke': { who: 'maintainer', hasRole: false, input: (at) => ({ ...user(at), key: at.userKey.uuid }) },
  'users.update': { who: 'admin', input: (at) => ({ ...user(at), admin: true }) },
  'auth.signOutEverywhere': { who: 'guest', hasRole: false, input: () => ({}) },
  'verification.introspect': { who: 'leader', hasRole: false, input: ({ key }) => ({ token: key.key }) },
}

/** These look at no credential: what they may do is in their body, or only the worker may. */
export const WITHOUT_CREDENTIAL = [
  'auth.confirm',
  'auth.inspectInvitation',
  'auth.inspectLink',
  'auth.inspectRestore',
  'auth.join',
  'auth.login',
  'auth.restoreAddress',
  'auth.signUp',
  'maintenance.mergeLimits',
  'maintenance.seal',
  'maintenance.signHeads',
  'maintenance.sweep',
  'maintenance.tellEnds',
]

/** Only a project key may call these: its own revocation is what takes the right away. */
export const BY_KEY = ['whoami.revoke', 'whoami.rotate']
