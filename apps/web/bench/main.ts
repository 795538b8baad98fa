import { cpus } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { createRest } from '../test/support/api.ts'
import { findChromium } from '../test/support/chromium.ts'
import { clockOf, type Timed } from '../test/support/clock.ts'
import { signInBy } from '../test/support/page.ts'
import { startService } from '../test/support/service.ts'
import { printHead, printRow } from './table.ts'
import { type Clock, walkKey, walkList } from './walk.ts'

// `pnpm bench` in the console: the time until the result of an interaction is on the screen. Takes about a minute on an
// idle machine.

const KEYS = 500
const ROUNDS = 9

await using ends = new AsyncDisposableStack()
const { place, stop } = await startService()
ends.defer(stop)
const browser = await chromium.launch(await findChromium())
ends.defer(() => browser.close())

const rest = createRest(place)
const project = await rest.createProject()
for (let count = 0; count < KEYS; count++) await rest.createKey(project, `key-${String(count).padStart(3, '0')}`)
for (let count = 0; count < 50; count++) await rest.revokeKey(project, (await rest.createKey(project, 'old')).uuid)
const page = await signInBy(rest.link(), await browser.newPage({ baseURL: place.consoleUrl }))
const timed = await clockOf(page)

/** The first round only warms up. */
const measured = new Map<string, Timed[]>()
for (let round = 0; round <= ROUNDS; round++) {
  const clock: Clock = async (name, act, sight) => {
    await page.mouse.move(0, 0) // away from links, so that none is preloaded
    await setTimeout(100)
    const time = await timed(act, sight)
    if (round > 0) measured.set(name, [...(measured.get(name) ?? []), time])
  }
  await walkList(page, project, clock)
  await walkKey(page, project, clock)
}

const node = `Node ${process.version}, Chromium ${browser.version()}, ${cpus().length} cores`
console.log(`${node}, ${KEYS} keys in the project. Medians of ${ROUNDS} rounds.\n`)
printHead()
const within = [...measured].map(([name, rounds]) => printRow(name, rounds))
if (within.includes(false)) process.exitCode = 1
