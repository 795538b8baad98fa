import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { toldToStop } from '../apps/api/src/process/life.ts'
import { TURBO } from './build.ts'

const ROOT = join(import.meta.dirname, '..')

/** Runs API and console until told to stop. They reload what changes. */
async function dev(options: string[], told: Promise<void>) {
  const args = ['run', 'dev', ...options]
  const turbo = spawn(process.execPath, [join(ROOT, TURBO), ...args], { cwd: ROOT, stdio: 'inherit', detached: true })
  const ended = once(turbo, 'exit')
  const stopped = await Promise.race([told.then(() => true), ended.then(() => false)])
  if (stopped && turbo.pid) process.kill(-turbo.pid, 'SIGTERM')
  const [code] = await ended
  return stopped ? 0 : Number(code ?? 1)
}

process.exit(await dev(process.argv.slice(2), toldToStop()))
