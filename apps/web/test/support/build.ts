import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

const WEB = join(import.meta.dirname, '../..')
const SOURCES = ['src', 'static', 'package.json', 'vite.config.ts', '../../pnpm-lock.yaml']

/** Builds the console if a source is newer than its build, because tests of an old build prove nothing. */
export async function buildIfStale(): Promise<void> {
  if (!(await isStale({ build: join(WEB, 'build/handler.js'), sources: await findSources() }))) return
  console.log('The console’s sources are newer than its build: building it …')
  const vite = spawn(process.execPath, [join(WEB, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error'], {
    cwd: WEB,
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await once(vite, 'exit')
  if (code !== 0) throw new Error('The console can’t be built: run `pnpm build` in apps/web to see why.')
}

/** Everything that goes into the build, with the packages of this workspace that the console depends on. */
async function findSources(): Promise<string[]> {
  const { dependencies } = JSON.parse(await readFile(join(WEB, 'package.json'), 'utf8'))
  const packages = Object.keys(dependencies).filter((name) => name.startsWith('@project-keys/'))
  return [...SOURCES, ...packages.map((name) => `node_modules/${name}/src`)].map((source) => join(WEB, source))
}

/** Whether there is no build, or any source is newer. A deleted source shows in the time of its folder. */
export async function isStale({ build, sources }: { build: string; sources: string[] }): Promise<boolean> {
  const built = await changedAt(build).catch(() => 0)
  const changes = await Promise.all(sources.map(lastChange))
  return Math.max(...changes) > built
}

async function lastChange(source: string): Promise<number> {
  const isFolder = (await stat(source)).isDirectory()
  const inside = isFolder ? await readdir(source, { recursive: true }) : []
  return Math.max(...(await Promise.all(['', ...inside].map((path) => changedAt(join(source, path))))))
}

const changedAt = async (path: string) => (await stat(path)).mtimeMs
