import { chmod, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'

const LOCK_WITHIN = 2000 // ms: time for a process that is just stopping to release the lock

/**
 * Locks the folder for this process until `release`, or throws a message if another process has it. The lock is that of an
 * empty SQLite file, because Node has no other real file lock. The system releases it when the process ends, however it
 * ends, so the lock is never stale.
 */
export async function lockFolder(folder: string) {
  await makeFolder(folder)
  const owner = join(folder, 'owner.pid')
  const deadline = Date.now() + LOCK_WITHIN
  for (;;) {
    const lock = await tryLock(join(folder, 'owner.lock'))
    if (lock) {
      await writeFile(owner, `${process.pid}\n`)
      const release = async () => {
        await rm(owner, { force: true })
        lock.close()
      }
      return { release }
    }
    if (Date.now() > deadline) throw new Error(await inUse(folder, owner))
    await delay(100)
  }
}

async function makeFolder(folder: string) {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`The folder ${folder} cannot be created (${reason}): set DATA_DIR to a folder that can be written.`)
  }
}

/** Closes the file to other users, because anyone who can open it could hold the lock. */
async function tryLock(path: string) {
  await closeFile(path)
  const lock = new DatabaseSync(path, { timeout: 0 })
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (error instanceof Error && error.message.includes('locked')) return null
    throw error
  }
}

async function closeFile(path: string) {
  try {
    await (await open(path, 'a', 0o600)).close()
    await chmod(path, 0o600)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${path} cannot be opened (${reason}): start the service as the user who owns the folder.`)
  }
}

async function inUse(folder: string, owner: string) {
  const pid = (await readFile(owner, 'utf8').catch(() => '')).trim()
  const holder = pid ? ` (pid ${pid})` : ''
  return `${folder} is in use by another Project Keys process${holder}: stop it, or set DATA_DIR to another folder.`
}
