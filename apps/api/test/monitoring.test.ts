import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freshDatabase } from '@project-keys/keys/test'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { type Series, seriesIn } from './metrics-text.ts'
import { answering, MAIN, newPlace, run } from './process.ts'
import { SECRET } from './service.ts'

const ROOT = join(import.meta.dirname, '../../..')
const OURS = /^project_keys_\w+$/

/** The metrics that a real process serves after a request to each kind of API. */
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

/** The parts that a query selects: each metric with the labels in its braces; `by` may name any of them. */
function selected(expr: string) {
  const by = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(/, */))
  const metrics = [...expr.matchAll(/\b((?:project_keys|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)]
  return metrics.map(([, name = '', braces = '']) => ({
    name,
    by,
    matchers: [...braces.matchAll(/(\w+)(=~?)"([^"]*)"/g)].map(([, label = '', sign, value = '']) => ({
      label,
      sign,
      value,
    })),
  }))
}

/** The parts of a query that no process serves. Prometheus adds `instance`; a status may not have occurred yet. */
async function unserved(expr: string): Promise<string[]> {
  const all = await served()
  return selected(expr).flatMap(({ name, by, matchers }) => {
    const series = all.filter((each) => each.name === name)
    if (series.length === 0) return [name]
    const has = (label: string) => label === 'instance' || series.some(({ labels }) => label in labels)
    const wrong = matchers.filter(
      ({ label, sign, value }) =>
        !has(label) || (sign === '=' && !series.some(({ labels }) => labels[label] === value)),
    )
    return [...wrong.map(({ label, value }) => `${name}{${label}="${value}"}`), ...unknownOf(by, selected(expr), all)]
  })
}

/** The labels of `by` that no metric of the query has. */
const unknownOf = (by: string[], metrics: { name: string }[], all: Series[]) =>
  by.filter((label) => {
    const series = all.filter(({ name }) => metrics.some((metric) => metric.name === name))
    return label !== 'instance' && !series.some(({ labels }) => label in labels)
  })

const Rules = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          annotations: z.object({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
})
const Dashboard = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).min(1) })).min(1),
})

const read = (path: string) => readFile(join(ROOT, path), 'utf8')
const rules = async () =>
  Rules.parse(parse(await read('deploy/monitoring/alerts.yaml'))).groups.flatMap((group) => group.rules)

test('each metric and label of the dashboard is one that a process serves', async () => {
  const { panels } = Dashboard.parse(JSON.parse(await read('deploy/monitoring/dashboard.json')))
  for (const { title, targets } of panels) {
    for (const { expr } of targets) {
      expect(selected(expr), title).not.toEqual([])
      expect([title, await unserved(expr)]).toEqual([title, []])
    }
  }
})

test('each metric and label of an alert is one that a process serves, and the docs say what to do', async () => {
  const page = await read('docs/monitoring.md')
  for (const { alert, expr, annotations } of await rules()) {
    if (!expr.startsWith('up{')) expect(selected(expr), alert).not.toEqual([])
    expect([alert, await unserved(expr)]).toEqual([alert, []])
    expect(annotations.runbook).toBe(`docs/monitoring.md#${alert.toLowerCase()}`)
    expect(page).toMatch(new RegExp(`^### ${alert}\\n\\n\\w`, 'm'))
  }
  const described = [...page.matchAll(/^### (ProjectKeys\w+)$/gm)].map(([, alert]) => alert)
  expect(described).toEqual((await rules()).map(({ alert }) => alert))
})

test('a metric, a label or a value that no process serves is found', async () => {
  expect(await unserved('rate(project_keys_nothing_total[5m])')).toEqual(['project_keys_nothing_total'])
  expect(await unserved('project_keys_pool_waiting{pool="other"}')).toEqual(['project_keys_pool_waiting{pool="other"}'])
  expect(await unserved('sum by (person) (project_keys_pool_waiting)')).toEqual(['person'])
})
