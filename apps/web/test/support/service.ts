import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './ports.ts'

const APPS = join(import.meta.dirname, '../../..')

/** The URLs of a running service, the secret that signs its links and tokens, and the token of its console. */
export type Place = {
  consoleUrl: string
  apiUrl: string
  secret: string
  consoleToken: string
  owner: string
  /** The file with the API's output, which holds the mails. */
  output: string
}

/** How many sign-in links an address may request: more than all tests need. */
export const SIGN_INS = 400
/** The window of that limit, in seconds: so long that it does not end (before 2033) while a test runs. */
const SPAN = 500_000_000

/** Starts the API with a database of its own, and the built console, on free ports. */
export async function startService(settings: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'console-test-'))
  await chmod(folder, 0o755) // PostgreSQL may run as another user, where we are root
  const [port, webPort] = await freePorts(2)
  const place = {
    consoleUrl: `http://localhost:${webPort}`,
    apiUrl: `http://127.0.0.1:${port}`,
    secret: randomBytes(32).toString('base64'),
    consoleToken: randomBytes(32).toString('base64'),
    owner: 'owner@localhost',
    output: join(folder, 'output'),
  }
  const env = {
    DATA_DIR: folder,
    PORT: `${port}`,
    WEB_PORT: `${webPort}`,
    SECRET_KEY: place.secret,
    CONSOLE_TOKEN: place.consoleToken,
    RATE_LIMITS: `sign_in=${SIGN_INS}/${SPAN},recipients=100000/60,authentication=100000/60,keys=100000/60`,
    ...settings,
  }
  const output = await open(place.output, 'a')
  const api = await run(join(APPS, 'api/src/main.ts'), env, ['--quiet'], [output.fd, 'inherit'])
  const web = await startConsole(env)

  const stop = async () => {
    await Promise.all([end(web), end(api)])
    await output.close()
    await rm(folder, { recursive: true, force: true })
  }
  return { place, stop }
}

type Output = number | 'inherit'

/** Starts the console alone. */
export const startConsole = (env: Record<string, string>, output: Output = 'inherit'): Promise<ChildProcess> =>
  run(join(APPS, 'web/server.ts'), env, [], [output, output])

async function run(script: string, env: Record<string, string>, args: string[], output: [Output, Output]) {
  const path = process.env.PATH ?? ''
  const child = fork(script, args, {
    env: { PATH: path, NODE_ENV: 'production', ...env },
    stdio: ['ignore', ...output, 'ipc'],
  })
  const [first] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (child.exitCode !== null) throw new Error(`${script} ended with exit code ${first} instead of listening.`)
  return child
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
