import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chownSync, existsSync, globSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll } from 'vitest'

const run = promisify(execFile)
const PROGRAMS = ['initdb', 'pg_ctl', 'pg_basebackup']

export type Server = {
  port: number
  stop: () => Promise<void>
  promote: () => Promise<void>
  pid: () => Promise<number>
}

/** The folder of PostgreSQL's own programs: on the PATH, or where Debian has them; null if there is none. */
export const BIN =
  [...(process.env.PATH ?? '').split(delimiter), ...globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed()].find(
    (folder) => PROGRAMS.every((name) => existsSync(join(folder, name))),
  ) ?? null

/** A primary and a standby that streams from it, both on 127.0.0.1, for as long as the file's tests run. */
export async function startServers() {
  const user = process.getuid?.() === 0 ? await postgresUser() : null
  const folder = mkdtempSync(join(tmpdir(), 'servers-'))
  if (user) chownSync(folder, user.uid, user.gid)
  const options = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  const program = (name: string, ...words: string[]) => run(join(BIN ?? '', name), words, options)
  const servers: Server[] = []
  afterAll(async () => {
    await Promise.all(servers.map(({ stop }) => stop().catch(() => {})))
    await rm(folder, { recursive: true, force: true })
  })

  const start = async (name: string): Promise<Server> => {
    const port = await freePort()
    const data = join(folder, name)
    appendFileSync(join(data, 'postgresql.conf'), `port = ${port}\n`)
    await program('pg_ctl', 'start', '-w', '-D', data, '-l', join(folder, `${name}.log`))
    const server = {
      port,
      stop: async () => void (await program('pg_ctl', 'stop', '-w', '-m', 'immediate', '-D', data)),
      promote: async () => void (await program('pg_ctl', 'promote', '-w', '-D', data)),
      pid: async () => Number(/PID: (\d+)/.exec((await program('pg_ctl', 'status', '-D', data)).stdout)?.[1]),
    }
    servers.push(server)
    return server
  }

  await program('initdb', '-D', join(folder, 'one'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '-N')
  const settings = `listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nfsync = off\n`
  appendFileSync(join(folder, 'one', 'postgresql.conf'), settings)
  const primary = await start('one')
  const source = `postgresql://postgres@127.0.0.1:${primary.port}/postgres`
  await program('pg_basebackup', '-D', join(folder, 'two'), '-d', source, '-R', '-c', 'fast', '-X', 'stream')
  return { primary, standby: await start('two') }
}

async function postgresUser() {
  const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])])
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  server.close()
  return address && typeof address === 'object' ? address.port : 0
}
