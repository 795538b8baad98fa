import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '@project-keys/postgres'
import { onTestFinished } from 'vitest'
import { migrate } from '../../../keys/src/database/migrate.ts'
import { execute } from '../../../keys/test/database.ts'
import { clusterIn, readPidFile } from '../../../postgres/src/cluster.ts'
import { sleep } from '../world.ts'

const APPLICATION = 'project-keys-verify'

/** A PostgreSQL of this test's own, which is restarted whenever it ends. */
export async function startServer() {
  const folder = await mkdtemp(join(tmpdir(), 'keys-chaos-'))
  await chmod(folder, 0o755)
  const { url, stop } = await startEmbedded({ folder, log: () => {} })
  onTestFinished(async () => {
    await stop()
    await rm(folder, { recursive: true, force: true })
  })
  await migrate({ url })

  const backends = async (whose = APPLICATION) => {
    const rows = await execute(url, `SELECT pid FROM pg_stat_activity WHERE application_name = $1`, [whose])
    return rows.map(({ pid }) => Number(pid))
  }
  const cutConnections = () =>
    execute(url, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [APPLICATION])

  const postmaster = async () => {
    const pid = (await readPidFile(clusterIn(folder)))?.pid
    if (pid === undefined) throw new Error('The server must be running.')
    return pid
  }
  /** `SIGINT` shuts it down cleanly, `SIGQUIT` like a crash. */
  const end = async (signal: 'SIGINT' | 'SIGQUIT') => process.kill(await postmaster(), signal)

  const freezeBackends = async (ms: number) => freeze(await backends(), ms)
  const freezeAll = async (ms: number) => {
    const others = await execute(url, 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
    await freeze([await postmaster(), ...others.map(({ pid }) => Number(pid))], ms)
  }
  return { url, cutConnections, end, freezeBackends, freezeAll }
}

async function freeze(pids: number[], ms: number) {
  for (const pid of pids) signal(pid, 'SIGSTOP')
  await sleep(ms)
  for (const pid of pids) signal(pid, 'SIGCONT')
}

/** The process may have ended by itself. */
function signal(pid: number, name: NodeJS.Signals) {
  try {
    process.kill(pid, name)
  } catch {
    return
  }
}
