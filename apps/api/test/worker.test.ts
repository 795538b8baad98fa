import { createLimits } from '@project-keys/keys'
import fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { startWorker } from '../src/worker.ts'
import { startService } from './service.ts'

const once = { count: 1, span: 3600 }
const limits = { sign_in: once, authentication: once, keys: once, mails: once, recipients: once }
const service = await startService({ limits: (db) => createLimits(db, limits) })
const { prisma } = service.db

test('the worker removes used tokens that have expired, and writes the rate limits for other processes', async () => {
  await prisma.spentToken.create({ data: { hash: Buffer.alloc(32), expiration: new Date(Date.now() - 60_000) } })
  service.limits.take('sign_in', '192.0.2.1', new Date())
  const worker = startWorker({ service: { ...service, send: () => {} }, log: fastify().log })
  onTestFinished(worker.stop)
  await expect.poll(() => prisma.spentToken.count()).toBe(0)
  await expect
    .poll(() => prisma.rateCount.findMany({ select: { bucket: true } }))
    .toEqual([{ bucket: 'sign_in 192.0.2.1' }])
})
