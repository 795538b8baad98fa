import { closeSync, openSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { type Address, type Cluster, stopFast } from './cluster.ts'
import type { Programs } from './programs.ts'

const LOG_LIMIT = 10_000_000 // bytes: we start a longer log anew
const STOP_WITHIN = 20_000 // ms
const FIRST_PAUSE = 100 // ms before PostgreSQL is started again, doubled each time …
const LONGEST_PAUSE = 30_000 // … up to this
const SETTLED = 60_000 // ms of running after which the pause starts small again

type Options = { cluster: Cluster; programs: Programs; address: Address }
export type Server = ReturnType<typeof spawnServer>

/** One run of PostgreSQL, in a session of its own so that Ctrl-C does not reach it. */
export function spawnServer({ cluster, programs, address }: Options) {
  const listen = address.host.startsWith('/')
    ? ['listen_addresses=', `unix_socket_directories=${address.host}`]
    : [`listen_addresses=${address.host}`, 'unix_socket_directories=']
  // Errors of statements go to the client that sent them. In the log, requests of strangers would make it grow without limit.
  const log = ['log_min_messages=log', 'log_checkpoints=off']
  const settings = [...listen, `port=${address.port}`, 'fsync=on', 'timezone=UTC', ...log]
  const args = ['-D', cluster.data, ...settings.flatMap((setting) => ['-c', setting])]

  const { file, lastLines } = openLog(cluster.logFile)
  const child = programs.spawn('postgres', args, { detached: true, stdio: ['ignore', file, file] })
  closeSync(file)

  // If this process ends without `stop`, PostgreSQL still gets a signal.
  const onExit = () => child.kill('SIGINT')
  process.once('exit', onExit)
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  }).finally(() => process.off('exit', onExit))

  const stop = async () => {
    const killTimer = setTimeout(() => child.kill('SIGQUIT'), STOP_WITHIN)
    if (process.platform === 'win32') await stopFast(cluster, programs)
    else child.kill('SIGINT')
    await ended
    clearTimeout(killTimer)
  }
  return { ended, lastLines, stop }
}

/** Restarts PostgreSQL whenever it ends by itself, until `stop`. */
export function keepRunning(first: Server, start: () => Server, log: (line: string) => void) {
  let server = first
  let stopping = false

  const watch = async () => {
    let pause = FIRST_PAUSE
    while (!stopping) {
      const began = Date.now()
      const reason = await server.ended
      if (stopping) return
      log(`PostgreSQL ended by itself (${reason}), and we start it again.`)
      if (Date.now() - began > SETTLED) pause = FIRST_PAUSE
      await delay(pause, undefined, { ref: false })
      pause = Math.min(pause * 2, LONGEST_PAUSE)
      if (!stopping) server = start()
    }
  }
  watch()

  const stop = async () => {
    stopping = true
    await server.stop()
  }
  return { stop }
}

function openLog(path: string) {
  const file = openSync(path, (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT ? 'w' : 'a', 0o600)
  const begin = statSync(path).size

  /** The last lines that this run wrote. */
  const lastLines = async () => {
    const log = await open(path)
    try {
      const { size } = await log.stat()
      const from = Math.max(begin, size - 2000)
      const { buffer, bytesRead } = await log.read(Buffer.alloc(size - from), 0, size - from, from)
      return buffer.toString('utf8', 0, bytesRead).trim().split('\n').slice(-6).join('\n')
    } finally {
      await log.close()
    }
  }
  return { file, lastLines }
}
