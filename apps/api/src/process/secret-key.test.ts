import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSigner } from '@project-keys/keys/audit'
import { expect, onTestFinished, test } from 'vitest'
import { auditSigner, secretsOf } from './secret-key.ts'

async function newFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'secret-key-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}
const none = { auditKey: undefined, databaseUrl: undefined }

test('a key of the audit log that is given signs it', async () => {
  const given = readSigner(Buffer.alloc(32, 7).toString('base64')) ?? undefined
  expect(await auditSigner({ ...none, auditKey: given, dataDir: '/nowhere' }, 'secret')).toBe(given)
})

test('servers on one database with one secret sign with one key, and write no file', async () => {
  const place = { ...none, databaseUrl: 'postgresql://localhost/keys', dataDir: '/nowhere' }
  const [one, two, other] = await Promise.all(['a', 'a', 'b'].map((secret) => auditSigner(place, secret)))
  expect(one?.key).toBe(two?.key)
  expect(one?.key).not.toBe(other?.key)
})

test('the secret that is kept signs, and those from before only open', async () => {
  const dataDir = await newFolder()
  await writeFile(join(dataDir, 'secret-key'), 'the kept one\n')
  const { current, all } = await secretsOf({ secretKey: undefined, secretKeysBefore: ['a', 'b'], dataDir })
  expect([current.text, all.map(({ text }) => text)]).toEqual(['the kept one', ['the kept one', 'a', 'b']])
})

test('the secret that is kept is refused among those from before, and not repeated', async () => {
  const dataDir = await newFolder()
  await writeFile(join(dataDir, 'secret-key'), 'the kept one')
  const given = { secretKey: undefined, secretKeysBefore: ['a', 'the kept one'], dataDir }
  await expect(secretsOf(given)).rejects.toThrow(
    new Error('SECRET_KEYS_BEFORE has the current secret on line 2: change the current one, or leave the line out.'),
  )
})

test('a damaged key of the audit log is a sentence that says what to do and does not repeat it', async () => {
  const dataDir = await newFolder()
  await writeFile(join(dataDir, 'audit-key'), 'half a secret')
  await expect(auditSigner({ ...none, dataDir }, 'secret')).rejects.toThrow(
    new Error(`${dataDir}/audit-key is damaged: put it back from a backup, or delete it for a new one.`),
  )
})
