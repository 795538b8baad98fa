import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './ports.ts'

const APPS = join(import.meta.dirname, '../../..')

/** Where a running service is, and what its links and tokens are signed with. */
export type Place = { consoleUrl: string; apiUrl: string; secret: string; owner: string }

/** The API with a database of its own, and the built console, on free ports. */
export async function startService() {
  const folder = await mkdtemp(join(tmpdir(), 'console-test-'))
  await chmod(folder, 0o755) // PostgreSQL may run as another user, where we are root
  const [port, webPort] = await freePorts(2)
  const place = {
    consoleUrl: `http://localhost:${webPort}`,
    apiUrl: `http://127.0.0.1:${port}`,
    secret: randomBytes(32).toString('base64'),
    owner: 'owner@localhost',
  }
  const env = {
    DATA_DIR: folder,
    PORT: `${port}`,
    WEB_PORT: `${webPort}`,
    SECRET_KEY: place.secret,
    RATE_LIMITS: 'off',
  }
  const api = await run(join(APPS, 'api/src/main.ts'), env, ['--quiet'])
  const web = await startConsole(env)

  const stop = async () => {
    await Promise.all([end(web), end(api)])
    await rm(folder, { recursive: true, force: true })
  }
  return { place, stop }
}

/** The console alone. */
export const startConsole = (env: Record<string, string>): Promise<ChildProcess> =>
  run(join(APPS, 'web/server.ts'), env, [])

async function run(script: string, env: Record<string, string>, words: string[]) {
  const path = process.env.PATH ?? ''
  const child = fork(script, words, { env: { PATH: path, NODE_ENV: 'production', ...env } })
  const [first] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (child.exitCode !== null) throw new Error(`${script} ended with exit code ${first} instead of listening.`)
  return child
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
