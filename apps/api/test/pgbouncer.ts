import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execute } from '@project-keys/keys/test'
import { expect, onTestFinished } from 'vitest'

export type PoolMode = 'transaction' | 'session' | 'statement'

/** PgBouncer's program: from the PATH, or where Debian has it; null if there is none. */
export const PGBOUNCER = findProgram()

function findProgram() {
  try {
    return execFileSync('sh', ['-c', 'command -v pgbouncer'], { encoding: 'utf8' }).trim()
  } catch {
    return existsSync('/usr/sbin/pgbouncer') ? '/usr/sbin/pgbouncer' : null
  }
}

/** Starts a PgBouncer of its own in front of a database, for as long as this test runs, and returns the new URL. */
export async function startPgBouncer(databaseUrl: string, mode: PoolMode, connections = 5) {
  const url = new URL(databaseUrl)
  const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-'))
  const port = await freePort()
  const place = url.searchParams.get('host') ?? url.hostname
  // It refuses root, so as root it runs as the user that PostgreSQL runs as.
  const { uid, gid } = place.startsWith('/') ? statSync(place) : { uid: 65534, gid: 65534 }
  const user = process.getuid?.() === 0 ? { uid, gid } : {}
  const name = url.pathname.slice(1)
  const config = join(folder, 'pgbouncer.ini')
  const server = `host=${place} port=${url.port || 5432} user=${url.username} password=${url.password}`
  writeFileSync(
    config,
    `[databases]
    ${name} = ${server}
    [pgbouncer]
    listen_addr = 127.0.0.1
    listen_port = ${port}
    unix_socket_dir =
    auth_type = any
    pool_mode = ${mode}
    default_pool_size = ${connections}
    `.replaceAll(/^ +/gm, ''),
  )
  chmodSync(folder, 0o755)
  const bouncer = spawn(PGBOUNCER ?? '', [config], { ...user, stdio: 'ignore' })
  const ended = once(bouncer, 'exit')
  onTestFinished(async () => {
    bouncer.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true })
  })
  const pooled = `postgresql://anybody@127.0.0.1:${port}/${name}`
  await expect.poll(() => execute(pooled, 'SELECT 1 AS one').catch(String)).toEqual([{ one: 1 }])
  return pooled
}

async function freePort() {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  server.close()
  return address && typeof address === 'object' ? address.port : 0
}
