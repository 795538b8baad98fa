import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findEmbedded } from '@project-keys/postgres'
import { z } from 'zod'
import { fill } from '../database.ts'

export type Running = Awaited<ReturnType<typeof startSide>>

const READY_WITHIN = 60_000 // ms

type Options = { secret: string; consoleUrl: string }

/**
 * Starts the API of these sources as a program of its own, on a database of its own, and fills that. Nothing of the
 * sources is imported, because they may be of any commit.
 */
export async function startSide(name: string, root: string, { secret, consoleUrl }: Options) {
  const folder = await mkdtemp(join(tmpdir(), 'keys-side-'))
  // As root, PostgreSQL runs as another user, who must be able to reach its files.
  await chmod(folder, 0o755)
  const port = await freePort()
  const env = {
    ...process.env,
    NODE_ENV: 'production',
    PORT: String(port),
    CONSOLE_URL: consoleUrl,
    DATA_DIR: folder,
    SECRET_KEY: secret,
    RATE_LIMITS: 'off',
  }
  const words = [...(await heapLimitsOf(root)), join(root, 'apps/api/src/main.ts'), '--quiet']
  const child = spawn(process.execPath, words, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] })
  const stop = async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await untilReady(port, () => child.exitCode !== null)
    const url = await findEmbedded(folder)
    if (!url || child.pid === undefined) throw new Error(`${root} must run a PostgreSQL of its own.`)
    return { name, port, pid: child.pid, stop, ...(await fill(url)) }
  } catch (error) {
    await stop()
    throw error
  }
}

const Limits = z.object({
  heapLimits: z.custom<(cacheSize: number) => string[]>((value) => typeof value === 'function'),
})

/** The limits of memory with which `pnpm start` starts the API of these sources, for a cache of the usual size. */
async function heapLimitsOf(root: string): Promise<string[]> {
  const path = join(root, 'apps/api/src/process/heap-limits.ts')
  return existsSync(path) ? Limits.parse(await import(path)).heapLimits(100_000) : []
}

async function untilReady(port: number, hasEnded: () => boolean) {
  for (const deadline = Date.now() + READY_WITHIN; Date.now() < deadline && !hasEnded(); await delay(50)) {
    const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => null)
    if (response?.ok) return
  }
  throw new Error('The server must answer within a minute.')
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  await new Promise((closed) => probe.close(closed))
  if (typeof address === 'string' || !address) throw new Error('There must be a free port.')
  return address.port
}
