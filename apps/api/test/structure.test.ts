import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../../..')

/** The workspaces that the sources of each may import; `type` allows only types. */
const WORKSPACES: Record<string, Record<string, 'all' | 'type'>> = {
  'packages/network': {},
  'packages/postgres': {},
  'packages/verify': {},
  'packages/client': {},
  'packages/keys': { 'packages/network': 'all', 'packages/verify': 'all' },
  'apps/api': {
    'packages/keys': 'all',
    'packages/network': 'all',
    'packages/postgres': 'all',
    'packages/verify': 'all',
  },
  'apps/web': { 'packages/keys': 'type', 'packages/network': 'all', 'packages/verify': 'all' },
}

/** Folders with a router that no list names: a new noun needs no line here. */
const NEW_NOUNS = '*'

/** The rooms of a workspace, from the door down: each imports only from itself and from those behind it. */
const ROOMS: Record<string, string[]> = {
  'packages/keys': [
    ...['index.ts', 'audit.ts', 'router.ts'],
    ...['backups', 'imports'],
    ...['sign-in', 'invitations', 'maintenance', 'verification', 'user-keys', 'server'],
    ...[NEW_NOUNS, 'project-keys', 'projects', 'organizations', 'members', 'users', 'notices', 'idempotency'],
    ...[
      'trpc',
      'audit-exports',
      'audit',
      'callers',
      'key-rotation',
      'key',
      'secrets',
      'key-settings',
      'policy',
      'slugs',
      'fields',
      'mails',
      'limits',
      'permissions',
      'database',
      'generated',
    ],
  ],
  'apps/api': [
    'main.ts',
    'start-service.ts',
    'worker.ts',
    'commands',
    'server.ts',
    'docs',
    'trpc.ts',
    'rest',
    'mail',
    'tracing',
    'metrics',
    'process',
    'config.ts',
    'limit-variables.ts',
    'secret-variables.ts',
  ],
  'apps/web': ['routes', 'hooks.server.ts', 'app.d.ts', 'lib', 'styles'],
}

type Import = { from: string; to: string; typeOnly: boolean }

/** All imports of one source file, by the path of what they name. */
function importsOf(from: string): Import[] {
  const text = readFileSync(join(ROOT, from), 'utf8')
  const script = from.endsWith('.svelte')
    ? [...text.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map(([, code]) => code).join('\n')
    : text
  const source = ts.createSourceFile(from, script, ts.ScriptTarget.ESNext)
  const found: Import[] = []
  const visit = (node: ts.Node) => {
    const specifier = specifierOf(node)
    if (specifier) found.push({ from, to: pathOf(from, specifier), typeOnly: isTypeOnly(node) })
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function specifierOf(node: ts.Node): string | null {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return textOf(node.moduleSpecifier)
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return textOf(node.arguments[0])
  return null
}

const textOf = (node: ts.Node | undefined) => (node && ts.isStringLiteral(node) ? node.text : null)

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly
  if (!ts.isImportDeclaration(node)) return false
  return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
}

function pathOf(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return join(dirname(from), specifier).replaceAll('\\', '/')
  if (specifier.startsWith('#lib/')) return specifier.replace('#lib/', 'apps/web/src/lib/')
  return specifier.replace(
    /^@project-keys\/(\w+)/,
    (_, name) => (name === 'api' || name === 'web' ? 'apps/' : 'packages/') + name,
  )
}

const workspaceOf = (path: string) => path.split('/').slice(0, 2).join('/')
const roomOf = (path: string) => path.split('/')[3] ?? ''
const nounOf = (path: string) =>
  existsSync(join(ROOT, workspaceOf(path), 'src', roomOf(path), 'router.ts')) ? NEW_NOUNS : roomOf(path)
const told = ({ from, to }: Import) => `${from} imports ${to}`

const files = globSync('{apps,packages}/*/src/**/*.{ts,svelte}', { cwd: ROOT })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => !/\.(test|fixture)\.ts$|\/generated\//.test(file))
const imports = files.flatMap(importsOf)

test('each workspace imports from those below it alone, and never from an app', () => {
  const wrong = imports.filter(({ from, to, typeOnly }) => {
    const [own, other] = [workspaceOf(from), workspaceOf(to)]
    if (other === own || !/^(apps|packages)\//.test(other)) return false
    const allowed = WORKSPACES[own]?.[other]
    return !allowed || (allowed === 'type' && !typeOnly)
  })
  expect(wrong.map(told)).toEqual([])
})

test.each(Object.entries(ROOMS))('in %s each room imports from rooms below it alone', (workspace, rooms) => {
  const inside = imports.filter(({ from, to }) => [from, to].every((path) => path.startsWith(`${workspace}/src/`)))
  const placeOf = (path: string) => rooms.indexOf(rooms.includes(roomOf(path)) ? roomOf(path) : nounOf(path))
  const unknown = inside.filter(({ from, to }) => [from, to].some((path) => placeOf(path) < 0))
  const upward = inside.filter(({ from, to }) => placeOf(to) < placeOf(from))
  expect({ unknown: unknown.map(told), upward: upward.map(told) }).toEqual({ unknown: [], upward: [] })
})

/** The file behind a path that names a package, or one of its doors. */
function fileOf(path: string): string {
  if (/\.\w+$/.test(path) || !path.startsWith('packages/')) return path
  const [packages, name, ...door] = path.split('/')
  return [packages, name, 'src', `${door.join('/') || 'index'}.ts`].join('/')
}

test('what runs before the first build imports nothing that is generated', () => {
  const reached = new Set(globSync('scripts/*.ts', { cwd: ROOT }).map((file) => file.replaceAll('\\', '/')))
  for (const file of reached) {
    if (!existsSync(join(ROOT, file)) || !file.endsWith('.ts')) continue
    for (const { to, typeOnly } of importsOf(file)) if (!typeOnly) reached.add(fileOf(to))
  }
  expect(reached.size).toBeGreaterThan(15)
  expect([...reached].filter((file) => file.includes('/generated/'))).toEqual([])
})

test('no files import each other in a circle', () => {
  const next = Map.groupBy(imports, ({ from }) => from)
  const done = new Set<string>()
  const circles: string[] = []
  const follow = (file: string, path: string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    else if (!done.has(file)) for (const { to } of next.get(file) ?? []) follow(to, [...path, file])
    done.add(file)
  }
  for (const file of next.keys()) follow(file, [])
  expect(circles).toEqual([])
})
