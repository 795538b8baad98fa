import { test } from 'vitest'
import { revokeBesideOpenTransaction } from './open-revocation.ts'

test('a transaction that revoked and stays open for 30 s holds up no other revocation, and counts when it commits', async () => {
  await revokeBesideOpenTransaction(30_000)
}, 120_000)
