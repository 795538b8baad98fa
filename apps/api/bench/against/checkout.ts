import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'

const ROOT = join(import.meta.dirname, '../../../..')
const Package = z.object({ devEngines: z.object({ packageManager: z.object({ version: z.string() }) }) })

/** The sources of a commit in a temporary folder, with their dependencies and what they generate, ready to run. */
export function checkOut(commit: string) {
  const folder = mkdtempSync(join(tmpdir(), 'keys-against-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const run = (program: string, ...words: string[]) => {
    const { status } = spawnSync(program, words, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
    if (status !== 0) throw new Error(`${program} ${words.join(' ')} failed in ${folder}.`)
  }
  try {
    const archive = execFileSync('git', ['archive', commit], { cwd: ROOT, maxBuffer: 2 ** 30 })
    execFileSync('tar', ['-x', '-C', folder], { input: archive })
    const { devEngines } = Package.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
    const pnpm = `pnpm@${devEngines.packageManager.version}`
    run('npx', '-y', pnpm, 'install', '--frozen-lockfile')
    run('npx', '-y', pnpm, 'run', 'generate')
  } catch (error) {
    remove()
    throw error
  }
  return { folder, remove }
}

/** The sources that this benchmark is a part of. */
export const HERE = ROOT
