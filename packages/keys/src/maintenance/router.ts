import { z } from 'zod'
import { dropOldEvents } from '../audit/retention.ts'
import { seal } from '../audit/seal.ts'
import { signHeads } from '../audit/sign-heads.ts'
import { tellEnds } from '../notices/notices.ts'
import { router, workerProcedure } from '../trpc/procedures.ts'
import { sweep } from './maintenance.ts'

const Swept = z.object({ tokens: z.int(), signUps: z.int(), invitations: z.int(), counts: z.int(), usage: z.int() })

/** The jobs of the worker. */
export const maintenanceRouter = router({
  sweep: workerProcedure.output(Swept.nullable()).mutation(async ({ ctx: { db, now, auditRetention: days } }) => {
    if (days !== undefined) await dropOldEvents(db, { days, now })
    return sweep(db, now)
  }),

  /** Tells people which of their keys end soon. */
  tellEnds: workerProcedure
    .output(z.object({ sent: z.int(), failed: z.int() }))
    .mutation(({ ctx: { db, consoleUrl, deliver, now }, signal }) =>
      tellEnds(db, { consoleUrl, deliver, now, signal }),
    ),

  /** Seals what was changed since. Returns how many changes it sealed. */
  seal: workerProcedure.output(z.int()).mutation(({ ctx }) => seal(ctx.db)),

  /** Signs the heads of the chains of events. `broken`: those that were changed after their last head. */
  signHeads: workerProcedure
    .output(z.object({ signed: z.int(), broken: z.array(z.string()) }))
    .mutation(({ ctx: { db, signer, now } }) => signHeads(db, { signer, now })),

  mergeLimits: workerProcedure.output(z.void()).mutation(({ ctx }) => ctx.limits.merge(ctx.now)),
})
