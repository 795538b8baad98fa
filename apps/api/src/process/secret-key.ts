import { hkdfSync, randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecrets, readSigner, type Secrets, type Signer, signerFrom } from '@project-keys/keys'
import { currentAmong } from '../secret-variables.ts'

const SECRET_BYTES = 32

/** `secret-key` signs sessions and links, `audit-key` the audit log. */
type Name = 'secret-key' | 'audit-key'

/** The secret in `folder`. The first run creates it at random, readable by its owner only. */
export async function keptSecret(folder: string, name: Name = 'secret-key') {
  return (await readSecret(folder, name)) ?? (await makeSecret(folder, name))
}

/** The secret in `folder`; null before the first run. */
export async function readSecret(folder: string, name: Name = 'secret-key') {
  const path = join(folder, name)
  const secret = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new Error(`${path} can't be read (${error.code}): start as the user who owns it.`)
  })
  if (secret?.trim() === '') throw new Error(`${path} is empty: put it back from a backup, or delete it for a new one.`)
  return secret?.trim() ?? null
}

async function makeSecret(folder: string, name: Name) {
  await mkdir(folder, { recursive: true })
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  const path = join(folder, name)
  const draft = `${path}.${process.pid}`
  await writeFile(draft, secret, { flag: 'wx', mode: 0o600, flush: true })
  try {
    // A link appears whole or not at all, and never replaces another secret.
    await link(draft, path)
  } finally {
    await rm(draft)
  }
  return secret
}

type Given = { secretKey: string | undefined; secretKeysBefore: readonly string[]; dataDir: string }

/** The secret that signs, of SECRET_KEY or kept in `dataDir`, and those that only verify and open. */
export async function secretsOf({ secretKey, secretKeysBefore: before, dataDir }: Given): Promise<Secrets> {
  const current = secretKey ?? (await keptSecret(dataDir))
  const clash = currentAmong(before, current)
  if (clash) throw new Error(clash)
  return createSecrets(current, before)
}

/** Signs the audit log. With a database of your own, all servers must sign with one key, so it comes from their one secret. */
export async function auditSigner({ auditKey, databaseUrl, dataDir }: GivenForAudit, secret: string): Promise<Signer> {
  if (auditKey) return auditKey
  if (databaseUrl !== undefined)
    return signerFrom(new Uint8Array(hkdfSync('sha256', secret, '', 'audit-key', SECRET_BYTES)))
  const kept = readSigner(await keptSecret(dataDir, 'audit-key'))
  if (kept) return kept
  throw new Error(`${join(dataDir, 'audit-key')} is damaged: put it back from a backup, or delete it for a new one.`)
}
type GivenForAudit = { auditKey: Signer | undefined; databaseUrl: string | undefined; dataDir: string }
