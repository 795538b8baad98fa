import type { AppRouter } from '@project-keys/keys'
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'

// Every shape of the API that the console names comes from the router: when the server drops a field that a page shows,
// the console no longer compiles.

export type Inputs = inferRouterInputs<AppRouter>
export type Outputs = inferRouterOutputs<AppRouter>

export type User = Outputs['users']['me']
export type Session = Outputs['auth']['confirm']

export type Project = Outputs['projects']['overview']
export type ProjectPage = Outputs['projects']['mine']
export type Visibility = Project['visibility']

type ProjectKeyPage = Outputs['projectKeys']['page']
export type ListedKey = ProjectKeyPage['keys'][number] | Outputs['userKeys']['page']['keys'][number]
export type KeyPage = Omit<ProjectKeyPage, 'keys'> & { keys: ListedKey[] }
export type KeyState = keyof KeyPage['counts']
export type Count = KeyPage['counts'][KeyState]
export type DetailedKey = Outputs['projectKeys']['details'] | Outputs['userKeys']['details']
export type CreatedKey = Outputs['projectKeys']['createOnce'] | Outputs['userKeys']['createOnce']
export type NewKey = Required<Omit<Inputs['userKeys']['createOnce'], 'user'>>
export type NewProjectKey = Omit<Inputs['projectKeys']['createOnce'], 'project'>
export type KeyChanges = Omit<Inputs['projectKeys']['rename'], 'project' | 'key'>
export type KeyPolicy = NonNullable<Project['key_policy']>
export type ProjectKeyDetails = Outputs['projectKeys']['details']
export type Usage = Outputs['verification']['usage']

export type ProjectRole = Outputs['projectMembers']['view']['role']
export type Role = ProjectRole | Outputs['organizationMembers']['view']['role']
export type Member = Outputs['projectMembers']['view'] | Outputs['organizationMembers']['view']
export type MemberPage = Outputs['projectMembers']['page'] | Outputs['organizationMembers']['page']
export type MadeKeys = Outputs['madeKeys']['ofMember']
export type Invitation = Outputs['projectInvitations']['list'][number]
export type InspectedInvitation = Outputs['auth']['inspectInvitation']
