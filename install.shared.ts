import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import root from './package.json' with { type: 'json' }

const TIMEOUT = 300_000 // ms

type Options = {
  /** The folder of the package. */
  of: string
  /** The files of the project that installs it. */
  consumer: string
  /** Packages that it installs besides, in the versions that the package is developed with. */
  others: string[]
  /** Packages that it installs besides, in these versions. */
  versions?: Record<string, string>
  /** The environment of its programs. */
  env?: Record<string, string>
}

/** Packs a package as a release does, and installs it in an empty project outside of this repository. */
export async function installPacked({ of, consumer, others, versions = {}, env = {} }: Options) {
  const folder = await mkdtemp(join(tmpdir(), 'install-'))

  /** Runs a program; its output is part of the error if it fails. */
  async function run(program: string, words: string[], cwd = folder) {
    const shell = process.platform === 'win32'
    const options = { cwd, env: { ...process.env, ...env }, shell, timeout: TIMEOUT }
    const { stdout } = await promisify(execFile)(program, words, options).catch((error) => {
      throw new Error(`${error.message}\n${error.stdout}`)
    })
    return stdout
  }
  const pnpm = (words: string[], cwd = folder) =>
    run('npx', ['-y', `pnpm@${root.devEngines.packageManager.version}`, ...words], cwd)

  await pnpm(['pack', '--pack-destination', folder], of)
  const [name = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  const tarball = join(folder, name)
  await cp(consumer, folder, { recursive: true })
  const known = await Promise.all(others.map(async (name) => [name, (await manifestOf(of, name)).version]))
  const dependencies = { [(await manifestOf(of)).name]: `file:${tarball}`, ...Object.fromEntries(known), ...versions }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }))
  await pnpm(['install'])

  return {
    folder,
    tarball,
    run,
    /** Runs a program that the project installed. */
    runInstalled: (name: string, words: string[]) => run(join(folder, 'node_modules/.bin', name), words),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The manifest of a package, or of another one that it depends on. */
async function manifestOf(of: string, name = ''): Promise<{ name: string; version: string }> {
  return JSON.parse(await readFile(join(of, name && 'node_modules', name, 'package.json'), 'utf8'))
}
