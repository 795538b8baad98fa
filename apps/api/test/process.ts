import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '@project-keys/postgres'
import { expect, onTestFinished } from 'vitest'

const ROOT = join(import.meta.dirname, '../../..')
export const MAIN = join(ROOT, 'apps/api/src/main.ts')
export const OWNER_LINK = join(ROOT, 'apps/api/src/commands/owner-link.ts')
export const DOCTOR = join(ROOT, 'apps/api/src/commands/doctor.ts')
export const BACKUP = join(ROOT, 'apps/api/src/commands/backup.ts')
export const RESTORE = join(ROOT, 'apps/api/src/commands/restore.ts')
export const MOVE = join(ROOT, 'apps/api/src/commands/move.ts')
export const VERIFY_AUDIT = join(ROOT, 'apps/api/src/commands/verify-audit.ts')
export const IMPORT_BENCHER = join(ROOT, 'apps/api/src/commands/import-bencher.ts')
export const START = join(ROOT, 'scripts/start.ts')
export const DEV = join(ROOT, 'scripts/dev.ts')

export type Place = { folder: string; env: Record<string, string> }
export type Run = ReturnType<typeof run>

async function cleanUp({ folder }: Place) {
  for (const pid of processesOf(folder)) process.kill(pid, 'SIGKILL')
  if (existsSync(join(folder, 'postgres', 'postmaster.pid')))
    await (await startEmbedded({ folder, log: () => {} })).stop()
  await rm(folder, { recursive: true, force: true })
}

/** Reserves a data folder and two ports for a test. After the test, ends every process that still uses them. */
export async function newPlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'process-test-'))
  chmodSync(folder, 0o755)
  const [port, webPort] = await freePorts()
  const env = { PATH: process.env.PATH ?? '', DATA_DIR: folder, PORT: `${port}`, WEB_PORT: `${webPort}` }
  const place = { folder, env }
  onTestFinished(() => cleanUp(place))
  return place
}

async function freePorts() {
  const servers = [createServer(), createServer()]
  const ports = []
  for (const server of servers) {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    ports.push(typeof address === 'object' ? address?.port : null)
  }
  for (const server of servers) server.close()
  return ports
}

/** Runs one of our programs, with `launcher` in front as `npx` would be, and `options` behind it. */
export function run(script: string, env: Record<string, string>, launcher: string[] = [], options: string[] = []) {
  const [program = '', ...words] = [...launcher, process.execPath, script, ...options]
  const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  return { child, said: () => said, ended: once(child, 'close').then(([code]) => Number(code)) }
}

/** Makes a program with the name of a package runner that, like one, runs its arguments as a child process. */
export async function launcherIn({ folder }: Place) {
  const npx = join(folder, 'npx')
  await writeFile(npx, '"$@"\nexit $?\n')
  return ['/bin/sh', npx]
}

/** Waits until a program prints that it is ready. */
export async function answering(running: Run) {
  const ended = running.ended.then((code) => `ended with ${code}`)
  await expect
    .poll(async () => (await Promise.race([ended, tick()])) ?? running.said(), { timeout: 60_000, interval: 20 })
    .toMatch(/Project Keys (answers|is running)|^ended/)
  expect(running.said()).toMatch(/Project Keys/)
  return running
}

const tick = () => new Promise<undefined>((resolve) => setImmediate(resolve, undefined))

/** The output and the exit code of a program that ends by itself. */
export async function outcome(running: Run) {
  const code = await running.ended
  return { code, said: running.said().trim() }
}

/** Sends the request of the printed `curl` line. */
export function printedRequest(said: string) {
  const [, url = '', token = ''] = /curl (\S+) -H 'Authorization: Bearer (\S+)'/.exec(said) ?? []
  return { url, headers: { authorization: `Bearer ${token}` } }
}

/** All processes with this data folder in their environment or their command line. */
export function processesOf(folder: string): number[] {
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['axeww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n')
    return lines.filter((line) => line.includes(folder)).map((line) => Number.parseInt(line, 10))
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && mentions(name, folder))
    .map(Number)
}

function mentions(pid: string, folder: string) {
  try {
    return ['environ', 'cmdline'].some((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8').includes(folder))
  } catch {
    return false
  }
}

export const postmasterOf = (folder: string) =>
  Number(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])

export async function killed(child: ChildProcess) {
  child.kill('SIGKILL')
  await once(child, 'exit')
}
