import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isStale } from './support/build.ts'

const [EARLIER, BUILT, LATER] = [1_000, 2_000, 3_000] // s

/** A build, and a folder of sources that are older. */
async function builtConsole() {
  const folder = await mkdtemp(join(tmpdir(), 'build-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const sources = join(folder, 'src')
  const routes = join(sources, 'routes')
  const page = join(routes, 'page.ts')
  const build = join(folder, 'handler.js')
  await mkdir(routes, { recursive: true })
  await writeFile(page, '')
  await writeFile(build, '')
  for (const path of [page, routes, sources]) await utimes(path, EARLIER, EARLIER)
  await utimes(build, BUILT, BUILT)
  return { page, build, stale: () => isStale({ build, sources: [sources] }) }
}

test('a build that is newer than all sources is fresh', async () => {
  const { stale } = await builtConsole()
  expect(await stale()).toBe(false)
})

test('a build is stale once a source has changed', async () => {
  const { page, stale } = await builtConsole()
  await utimes(page, LATER, LATER)
  expect(await stale()).toBe(true)
})

test('a build is stale once a source was deleted', async () => {
  const { page, stale } = await builtConsole()
  await rm(page)
  expect(await stale()).toBe(true)
})

test('a build that is missing is stale', async () => {
  const { build, stale } = await builtConsole()
  await rm(build)
  expect(await stale()).toBe(true)
})
