import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freshDatabase } from '@project-keys/keys/test'
import { expect, test } from 'vitest'
import { type Series, seriesIn } from './metrics-text.ts'
import { answering, MAIN, newPlace, run } from './process.ts'
import { SECRET } from './service.ts'

const ROOT = join(import.meta.dirname, '../../..')
const OURS = /^project_keys_\w+$/

/** What a real process serves after a request to each kind of API. */
let serving: Promise<Series[]> | null = null
const served = () => (serving ??= serveOnce())

async function serveOnce(): Promise<Series[]> {
  const { env } = await newPlace()
  const { url } = await freshDatabase()
  const running = await answering(run(MAIN, { ...env, DATABASE_URL: url, SECRET_KEY: SECRET }))
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${env.PORT}${path}`)).text()
  await ask('/v0/verify')
  await ask('/v0/server/version')
  const text = await ask('/metrics')
  running.child.kill('SIGTERM')
  await running.ended
  return seriesIn(text)
}

/** The labels of each metric; those of a histogram are one. */
async function servedLabels(): Promise<Map<string, Set<string>>> {
  const metrics = new Map<string, Set<string>>()
  for (const { name, labels } of await served()) {
    const metric = name.replace(/_seconds_(?:bucket|sum|count)$/, '_seconds')
    metrics.set(metric, new Set([...(metrics.get(metric) ?? []), ...Object.keys(labels)]))
  }
  return metrics
}

test('docs/monitoring.md lists every metric that a process serves with its labels, and no other', async () => {
  const page = await readFile(join(ROOT, 'docs/monitoring.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `(project_keys_\w+)` \|([^|]*)\|/gm)]
  const listed = rows.map(([, name, labels = '']) => [name, [...labels.matchAll(/\w+/g)].map(String).toSorted()])
  const real = [...(await servedLabels())].filter(([name]) => OURS.test(name))
  expect(Object.fromEntries(listed)).toEqual(
    Object.fromEntries(real.map(([name, labels]) => [name, [...labels].toSorted()])),
  )
})
