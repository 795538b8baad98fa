import { createLimits } from '@project-keys/keys'
import fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { startWorker } from '../src/worker.ts'
import { startService } from './service.ts'

const once = { count: 1, span: 3600 }
const limits = { sign_in: once, authentication: once, keys: once, mails: once, recipients: once }
const service = await startService({ limits: (db) => createLimits(db, limits) })
const { prisma } = service.db
const expiredToken = (byte: number) =>
  prisma.spentToken.create({ data: { hash: Buffer.alloc(32, byte), expiration: new Date(Date.now() - 60_000) } })

test('the worker removes used tokens that have expired, and writes the rate limits for other processes', async () => {
  await expiredToken(0)
  service.limits.take('sign_in', '192.0.2.1', new Date())
  const worker = startWorker({ service: { ...service, send: () => {} }, log: fastify().log })
  onTestFinished(worker.stop)
  await expect.poll(() => prisma.spentToken.count()).toBe(0)
  await expect
    .poll(() => prisma.rateCount.findMany({ select: { bucket: true } }))
    .toEqual([{ bucket: 'sign_in 192.0.2.1' }])
})

test('the worker sweeps again after a sweep that failed, and logs why it failed', async () => {
  const lines: string[] = []
  const { log } = fastify({ logger: { level: 'warn', stream: { write: (line: string) => void lines.push(line) } } })
  await expiredToken(1)
  await service.db.pool.query('ALTER TABLE spent_tokens RENAME TO spent_tokens_away')
  const worker = startWorker({ service: { ...service, send: () => {} }, log, sweepEveryMs: 50 })
  onTestFinished(worker.stop)
  await expect.poll(() => lines.join('')).toContain('the sweep failed and will be retried')
  await service.db.pool.query('ALTER TABLE spent_tokens_away RENAME TO spent_tokens')
  await expect.poll(() => prisma.spentToken.count()).toBe(0)
})
