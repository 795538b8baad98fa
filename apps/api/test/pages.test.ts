import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

const pages = globSync('{*,docs/**/*,.changeset/*,{apps,examples,packages}/*/{*,{src,test,docs}/**/*}}.md', {
  cwd: ROOT,
})

type Link = { page: string; target: string }

/** The links of a page to other files of the repository, without those inside of code. */
function linksOf(page: string): Link[] {
  const text = read(page).replace(/^```.*?^```$|`[^`\n]*`/gms, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)]
    .map(([, markdown, html]) => ({ page, target: markdown ?? html ?? '' }))
    .filter(({ target }) => !/^[a-z]+:/.test(target))
}

const pathOf = ({ page, target }: Link) => {
  const [path = ''] = target.split('#')
  return path === '' ? page : join(dirname(page), path)
}

/** The anchors that GitHub gives to the headings of a page. */
const anchorsOf = (page: string) =>
  [
    ...read(page)
      .replace(/^```.*?^```$/gms, '')
      .matchAll(/^#+ (.*)$/gm),
  ].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )

const links = pages.flatMap(linksOf)

test('every link of every page leads to a file or a folder', () => {
  expect(links.length).toBeGreaterThan(50)
  const missing = links.filter((link) => !existsSync(join(ROOT, pathOf(link))))
  expect(missing).toEqual([])
})

test('every anchor in a link is a heading of its page', () => {
  const missing = links.filter((link) => {
    const [, anchor] = link.target.split('#')
    return anchor && pathOf(link).endsWith('.md') && !anchorsOf(pathOf(link)).includes(anchor)
  })
  expect(missing).toEqual([])
})

test('docs/README.md links every page of docs', () => {
  const linked = linksOf('docs/README.md').map(pathOf)
  const all = globSync('docs/*.md', { cwd: ROOT }).filter((page) => page !== join('docs', 'README.md'))
  expect(all.filter((page) => !linked.includes(page))).toEqual([])
})

test('every defence in docs/security.md names a test file that exists', () => {
  const rows = read('docs/security.md').match(/^\| (?!Aim |---).*/gm) ?? []
  expect(rows.length).toBeGreaterThan(20)
  for (const row of rows) {
    const tests = [...(row.split(' | ').at(-1) ?? '').matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path = '']) => path)
    expect(tests.length, row).toBeGreaterThan(0)
    for (const path of tests)
      expect([path, /\.test\.ts$/.test(path) && existsSync(join(ROOT, path))]).toEqual([path, true])
  }
})

test('every example for a gateway names its project by a UUID, because slugs change', () => {
  const named = [...read('docs/gateways.md').matchAll(/(?:project=|projects\/)([\w-]+)(?!.*shows it)/g)]
  expect(named.length).toBeGreaterThanOrEqual(8)
  for (const [, project] of named) expect(project).toMatch(/^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|UUID)$/)
})

test('the README fits on one screen', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(60)
})
