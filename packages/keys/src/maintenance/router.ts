import { z } from 'zod'
import { router, workerProcedure } from '../trpc/procedures.ts'
import { sweep } from './maintenance.ts'

export const maintenanceRouter = router({
  sweep: workerProcedure
    .output(
      z.object({ tokens: z.int(), signUps: z.int(), invitations: z.int(), counts: z.int(), usage: z.int() }).nullable(),
    )
    .mutation(({ ctx }) => sweep(ctx.db, ctx.now)),
})
