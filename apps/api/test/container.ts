import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished } from 'vitest'
import type { Image } from './image.ts'

/** Whether this machine lets us make namespaces, which is what a container is. */
export const canContain =
  process.getuid?.() === 0 && spawnSync('unshare', ['--mount', '--pid', '--fork', 'true']).status === 0

const NODE = '/opt/node'

/**
 * Makes a read-only root of an image's folder and of this machine's own programs, and becomes the command in it: as that
 * user, without capabilities, and as process 1.
 */
const ENTER = `set -e
root=$1 node=$2 user=$3; shift 3
mount --bind "$root" "$root"; cd "$root"
for folder in usr bin sbin lib lib64 etc dev; do
  [ -e /$folder ] || continue
  if [ -L /$folder ]; then cp -P /$folder .; else mkdir -p $folder; mount --bind /$folder $folder; fi
  if [ -d $folder ] && [ ! -L $folder ]; then mount -o remount,bind,ro $folder; fi
done
mkdir -p proc tmp .${NODE}
mount -t proc proc proc; mount -t tmpfs tmpfs tmp; mount --bind "$node" .${NODE}
mount -o remount,bind,ro "$root"
exec chroot . setpriv --reuid $user --regid $user --clear-groups --bounding-set=-all --no-new-privs env -i --chdir=/app "$@"`

export type Container = Awaited<ReturnType<typeof startContainer>>

/** Runs an image with these variables, and with this command instead of its own. */
export async function startContainer(image: Image, env: Record<string, string>, command = image.command) {
  const { folder, user } = image
  const variables = Object.entries({ PATH: `${NODE}:/usr/bin`, ...image.env, ...env }).map(
    ([name, value]) => `${name}=${value}`,
  )
  const enter = [
    '-c',
    ENTER,
    'sh',
    folder,
    dirname(process.execPath),
    user.split(':')[0] ?? '',
    ...variables,
    ...command,
  ]
  const child = spawn('unshare', ['--mount', '--pid', '--fork', '--kill-child', '/bin/sh', ...enter])
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  // Until then it is the shell, and those that it becomes.
  await expect.poll(() => firstOf(child.pid)?.program ?? said, { timeout: 20_000 }).toBe('node')
  const pid = firstOf(child.pid)?.pid ?? 0
  return {
    pid,
    said: () => said,
    ended: once(child, 'close').then(([code]) => Number(code)),
    /** As `docker exec` does: another program beside process 1. */
    exec: async (...words: string[]) => {
      const inside = ['--target', `${pid}`, '--mount', '--pid', '--root', '--wd', 'env', '-i', ...variables, ...words]
      const { stdout } = await promisify(execFile)('nsenter', inside).catch((error) => error)
      return String(stdout)
    },
  }
}

/** The process that a program has started, and the first word of its command. */
function firstOf(parent = 0) {
  const children = `/proc/${parent}/task/${parent}/children`
  const pid = existsSync(children) ? Number.parseInt(readFileSync(children, 'utf8'), 10) : NaN
  return pid ? { pid, program: wordsOf(pid)[0] } : null
}

/** The command line of a process. */
export const wordsOf = (pid: number): string[] => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)

/** A line of /proc/PID/status. */
export const statusOf = (pid: number, name: string) =>
  new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]?.split(/\s+/)

/** The same database by a port of 127.0.0.1, because the socket's folder is open to its owner alone. */
export async function byPort(url: string): Promise<string> {
  const { searchParams, port } = new URL(url)
  const folder = searchParams.get('host')
  if (folder === null) return url
  const relay = createServer((client) => {
    const server = connect(`${folder}/.s.PGSQL.${port || 5432}`)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const)
      from.on('error', () => to.destroy()).pipe(to)
  })
  await once(relay.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void relay.close())
  const address = relay.address()
  const result = new URL(url)
  result.search = ''
  result.host = `127.0.0.1:${address && typeof address === 'object' ? address.port : 0}`
  return result.href
}
