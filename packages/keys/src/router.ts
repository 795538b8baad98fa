import { eventsRouter } from './events/router.ts'
import { organizationInvitationsRouter, projectInvitationsRouter } from './invitations/router.ts'
import { keysRouter } from './keys/router.ts'
import { madeKeysRouter } from './made-keys/router.ts'
import { maintenanceRouter } from './maintenance/router.ts'
import { organizationMembersRouter, projectMembersRouter } from './members/router.ts'
import { organizationsRouter } from './organizations/router.ts'
import { overviewRouter } from './overview/router.ts'
import { projectKeysRouter } from './project-keys/router.ts'
import { projectsRouter } from './projects/router.ts'
import { rotationsRouter } from './rotations/router.ts'
import { serverRouter } from './server/router.ts'
import { authRouter } from './sign-in/router.ts'
import { router } from './trpc/procedures.ts'
import { userKeysRouter } from './user-keys/router.ts'
import { usersRouter } from './users/router.ts'
import { verificationRouter } from './verification/router.ts'
import { whoamiRouter } from './whoami/router.ts'

export const appRouter = router({
  auth: authRouter,
  events: eventsRouter,
  keys: keysRouter,
  madeKeys: madeKeysRouter,
  maintenance: maintenanceRouter,
  organizationInvitations: organizationInvitationsRouter,
  organizationMembers: organizationMembersRouter,
  organizations: organizationsRouter,
  overview: overviewRouter,
  projectInvitations: projectInvitationsRouter,
  projectKeys: projectKeysRouter,
  projectMembers: projectMembersRouter,
  projects: projectsRouter,
  rotations: rotationsRouter,
  server: serverRouter,
  userKeys: userKeysRouter,
  users: usersRouter,
  verification: verificationRouter,
  whoami: whoamiRouter,
})

export type AppRouter = typeof appRouter
