import { test } from 'vitest'
import { revokeBesideOpenTransaction } from './open-revocation.ts'

test('a transaction that revoked and stays open for 5 s holds up no other revocation, and counts when it commits', () =>
  revokeBesideOpenTransaction(5000))
