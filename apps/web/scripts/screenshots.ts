import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openDatabase } from '@project-keys/keys'
import { withEmbedded } from '@project-keys/postgres'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { createRest } from '../test/support/api.ts'
import { buildIfStale } from '../test/support/build.ts'
import { findChromium } from '../test/support/chromium.ts'
import { signInBy } from '../test/support/page.ts'
import { type Place, startService } from '../test/support/service.ts'

const IMAGES = join(import.meta.dirname, '../../../docs/images')
const DAY = 24 * 60 * 60 // s
const wide = { viewport: { width: 1200, height: 800 } }

/** Fills a project with the keys of a small team. */
async function fill(rest: ReturnType<typeof createRest>) {
  const project = 'example'
  const keys: [string, number?][] = [
    ['ci-main', 81 * DAY],
    ['deploy-eu', 330 * DAY],
    ['nightly', 5 * DAY],
    ['old-laptop', 1],
    ['release'],
    ['staging-bench', 60 * DAY],
  ]
  for (const [name, ttl] of keys) await rest.createKey(project, name, ttl)
  for (const name of ['ci-2025', 'contractor'])
    await rest.revokeKey(project, (await rest.createKey(project, name)).uuid)
}

/** Gives the keys a past: created weeks ago, and in use ever since. */
const PAST = `
  UPDATE project_keys SET creation = creation - (ascii(right(name, 1)) - 90) * interval '3 days';
  UPDATE project_keys SET expiration = expiration - interval '12 days' WHERE name = 'old-laptop';
  INSERT INTO project_key_uses SELECT uuid, now() - row_number() OVER (ORDER BY name) ^ 3 * interval '40 minutes', '10.0.3.7'
    FROM project_keys WHERE name NOT IN ('old-laptop', 'deploy-eu');
  INSERT INTO project_key_calls SELECT uuid, (now() AT TIME ZONE 'UTC')::date - ago, 80 + ago * ago * 37 % 160
    FROM project_keys, generate_series(0, 29) AS days (ago) WHERE name = 'ci-main'`

async function givePast({ output }: Place) {
  await withEmbedded({ folder: dirname(output), log: console.error }, async (url) => {
    const db = openDatabase({ url })
    await db.pool.query(PAST)
    await db.close()
  })
}

async function shoot(browser: Browser, { consoleUrl }: Place, link: string) {
  const open = async (options: BrowserContextOptions): Promise<Page> => {
    const context = await browser.newContext({
      baseURL: consoleUrl,
      deviceScaleFactor: 2,
      reducedMotion: 'reduce',
      storageState: await signedIn.context().storageState(),
      ...options,
    })
    return context.newPage()
  }
  const save = (page: Page, name: string) => page.screenshot({ path: join(IMAGES, `${name}.png`) })

  const signedIn = await signInBy(link, await browser.newPage({ baseURL: consoleUrl }))

  const list = await open(wide)
  await list.goto('/projects/example/keys', { waitUntil: 'networkidle' })
  await save(list, 'list')

  const dark = await open({ ...wide, colorScheme: 'dark' })
  await dark.goto('/projects/example/keys', { waitUntil: 'networkidle' })
  await dark.getByRole('link', { name: 'ci-main' }).click()
  await dark.getByRole('heading', { name: 'ci-main' }).waitFor()
  await save(dark, 'key-dark')

  const phone = await open({ viewport: { width: 360, height: 760 } })
  await phone.goto('/projects/example/keys', { waitUntil: 'networkidle' })
  await save(phone, 'phone')

  const once = await open(wide)
  await once.goto('/projects/example/keys/new')
  await once.getByLabel('Name').fill('ci-release')
  await once.getByRole('button', { name: 'Create key' }).click()
  await once.getByText('•••').waitFor()
  await save(once, 'once')
}

await mkdir(IMAGES, { recursive: true })
await buildIfStale()
const { place, stop } = await startService()
const browser = await chromium.launch(await findChromium())
try {
  const rest = createRest(place)
  await fill(rest)
  await givePast(place)
  await shoot(browser, place, rest.link())
} finally {
  await browser.close()
  await stop()
}
