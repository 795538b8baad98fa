import { createLimits, wholeSecond } from '@project-keys/keys'
import fastify from 'fastify'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createMailer } from '../src/mail/mailer.ts'
import { startWorker } from '../src/worker.ts'
import { startService } from './service.ts'
import { startSmtp } from './smtp.ts'
import { addMember, createKey, createProject, signUp } from './world.ts'

const DAY = 24 * 60 * 60 * 1000 // ms
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

test('the worker tells people which keys end, past an address that fails, and that one again in the next run', async () => {
  const service = await startService()
  const longAgo = new Date(Date.now() - 10 * DAY)
  service.clock.now = wholeSecond(longAgo)
  const ada = await signUp(service)
  const project = await createProject(service, ada)
  const grace = await addMember(service, project, 'maintainer')
  const { uuid: key } = await createKey(service, ada, project, { name: 'ci', ttl: (11 * DAY) / 1000 })
  await service.db.prisma.projectKeyUse.create({ data: { key, lastUsed: longAgo } })

  const refused: string[] = []
  const { letters, url: smtpUrl } = await startSmtp((line) => {
    if (!line.startsWith(`RCPT TO:<${ada.email}`) || refused.length > 1) return null
    refused.push(line)
    return '550 5.1.1 No such user here'
  })
  vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => void vi.restoreAllMocks())
  const { deliver } = createMailer({ smtpUrl, from: 'Project Keys <no-reply@example.com>' })
  const worker = startWorker({ service: { ...service, send: () => {}, deliver }, log: fastify().log, tellEveryMs: 50 })
  onTestFinished(worker.stop)
  await expect.poll(() => letters.flatMap(({ to }) => to).sort()).toEqual([`<${ada.email}>`, `<${grace.email}>`].sort())
  expect(refused).toHaveLength(2)
})
