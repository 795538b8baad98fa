import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const SECRET_BYTES = 32

/** The secret in `folder`. The first run creates it at random, readable by its owner only. */
export async function keptSecret(folder: string) {
  return (await readSecret(folder)) ?? (await makeSecret(folder))
}

/** The secret in `folder`; null before the first run. */
export async function readSecret(folder: string) {
  const path = secretIn(folder)
  const secret = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new Error(`${path} can't be read (${error.code}): start as the user who owns it.`)
  })
  if (secret?.trim() === '') throw new Error(`${path} is empty: put it back from a backup, or delete it for a new one.`)
  return secret?.trim() ?? null
}

async function makeSecret(folder: string) {
  await mkdir(folder, { recursive: true })
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  const draft = `${secretIn(folder)}.${process.pid}`
  await writeFile(draft, secret, { flag: 'wx', mode: 0o600, flush: true })
  try {
    // A link appears whole or not at all, and never replaces another secret.
    await link(draft, secretIn(folder))
  } finally {
    await rm(draft)
  }
  return secret
}

const secretIn = (folder: string) => join(folder, 'secret-key')
