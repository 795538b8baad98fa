import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { commandOf } from '@project-keys/postgres/processes'
import { expect, test } from 'vitest'
import {
  answering,
  DEV,
  killed,
  launcherIn,
  newPlace,
  outcome,
  postmasterOf,
  processesOf,
  run,
  START,
} from './process.ts'

// The whole of `pnpm start`, and of `pnpm dev` how it ends: the first of these tests builds what is not built yet.
const BUILD = 120_000

test('starts all of it, says where it is in a few lines, and leaves nothing running', { timeout: BUILD }, async () => {
  const { folder, env } = await newPlace()
  const service = await answering(run(START, env))
  const lines = service.said().split('\n')
  expect(lines).toContain(`  Console  http://localhost:${env.WEB_PORT}`)
  expect(lines).toContain(`  API      http://127.0.0.1:${env.PORT}`)
  expect(lines.filter(Boolean).length).toBeLessThan(12)
  expect((await fetch(`http://localhost:${env.WEB_PORT}/auth/signin`)).status).toBe(200)

  service.child.kill('SIGINT')
  expect(await service.ended).toBe(0)
  expect(processesOf(folder)).toEqual([])
})

test('ends with the npx that launched it, when that alone is ended', { timeout: BUILD }, async () => {
  const place = await newPlace()
  const launched = await answering(run(START, place.env, await launcherIn(place)))
  launched.child.kill('SIGTERM')
  await expect.poll(() => processesOf(place.folder), { timeout: 10_000 }).toEqual([])
})

test('ends with the npx that launched it, when that alone is ended, while it reloads what changes', async () => {
  const place = await newPlace()
  const launched = await answering(run(DEV, place.env, await launcherIn(place)))
  launched.child.kill('SIGTERM')
  await expect.poll(() => processesOf(place.folder), { timeout: 20_000 }).toEqual([])
})

test('leaves nothing running when it is killed itself', { timeout: BUILD }, async () => {
  const { folder, env } = await newPlace()
  const service = await answering(run(START, env))
  await killed(service.child)
  await expect.poll(() => processesOf(folder), { timeout: 10_000 }).toEqual([])
})

test('ends, with its database, when the API is killed', { timeout: BUILD }, async () => {
  const { folder, env } = await newPlace()
  const service = await answering(run(START, env))
  const owner = Number(await readFile(join(folder, 'owner.pid'), 'utf8'))
  const postmaster = postmasterOf(folder)
  process.kill(owner, 'SIGKILL')
  const { code, said } = await outcome(service)
  expect(code).toBe(1)
  expect(said).toMatch(/\nThe API ended by itself \(SIGKILL\)\.$/)
  expect(commandOf(postmaster)).toBeNull()
  expect(processesOf(folder)).toEqual([])
})

test.each(['PORT', 'WEB_PORT'])('says what to do when %s is taken, once', { timeout: BUILD }, async (variable) => {
  const { folder, env } = await newPlace()
  const other = createServer().listen(Number(env[variable]), '127.0.0.1')
  const { code, said } = await outcome(run(START, env))
  other.close()
  expect(code).toBe(1)
  expect(said).toMatch(new RegExp(`^Port ${env[variable]}\\b.* is taken: .*${variable}.*\\.$`))
  expect(processesOf(folder)).toEqual([])
})

test('answers a wrong value before it builds anything', async () => {
  const { env } = await newPlace()
  expect(await outcome(run(START, { ...env, LOG_LEVEL: 'loud' }))).toEqual({
    code: 1,
    said: 'LOG_LEVEL is "loud", and must be one of fatal, error, warn, info, debug, trace, silent.',
  })
})
