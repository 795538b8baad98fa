import { authRouter } from './auth/router.ts'
import { maintenanceRouter } from './maintenance/router.ts'
import { organizationsRouter } from './organizations/router.ts'
import { projectKeysRouter } from './project-keys/router.ts'
import { projectsRouter } from './projects/router.ts'
import { serverRouter } from './server/router.ts'
import { router } from './trpc.ts'
import { userKeysRouter } from './user-keys/router.ts'
import { usersRouter } from './users/router.ts'

export const appRouter = router({
  auth: authRouter,
  maintenance: maintenanceRouter,
  organizations: organizationsRouter,
  projectKeys: projectKeysRouter,
  projects: projectsRouter,
  server: serverRouter,
  userKeys: userKeysRouter,
  users: usersRouter,
})

export type AppRouter = typeof appRouter
