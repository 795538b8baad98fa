import { expect, test } from 'vitest'
import { createOutage, meansAway, noPrimary } from './outage.ts'

const withCode = (code: string) => Object.assign(new Error('x'), { code })

test('away means no connection, a broken or timed-out one, a standby, or a server that is down or overloaded', () => {
  const codes = [
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ETIMEDOUT',
    'ERR_STREAM_DESTROYED',
    'ERR_SOCKET_CONNECTION_TIMEOUT',
    '08006',
    '08001',
    '53300',
    '57P01',
    '57P02',
    '57P03',
    '25006',
  ]
  const messages = [
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Query read timeout',
  ]
  const errors = [...codes.map(withCode), ...messages.map((message) => new Error(message)), noPrimary('A standby.')]
  for (const error of errors) expect([error, meansAway(error)]).toEqual([error, true])
})

test('every other error of a primary, and a bug, does not mean away', () => {
  const codes = ['28P01', '28000', '3D000', '42501', '42P01', '08P01', '57014', '57P04', 'CERT_HAS_EXPIRED']
  // Node's own: a certificate for another host, TLS that another program does not speak, and mistakes in the code.
  const ofNode = [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'ERR_INVALID_ARG_TYPE',
    'ERR_ASSERTION',
  ]
  const errors = [
    ...[...codes, ...ofNode].map(withCode),
    new Error('The database must return a text here.'),
    'ECONNREFUSED',
    null,
  ]
  for (const error of errors) expect([error, meansAway(error)]).toEqual([error, false])
})

test('the cache may answer only after a poll and a lookup failed, until an answer, another error, or the end of the time', () => {
  const { beforeRead, answered, allows } = createOutage(60)
  const fail = (read: 'poll' | 'lookup', error: Error = withCode('ECONNREFUSED')) => beforeRead(read)(error)
  expect(allows(2000)).toBe(false)
  fail('poll')
  expect(allows(2000)).toBe(false)
  fail('lookup')
  expect([allows(2000), allows(61_000), allows(61_001), allows(Number.POSITIVE_INFINITY)]).toEqual([
    true,
    true,
    false,
    false,
  ])

  const lateFailure = beforeRead('lookup')
  answered()
  fail('poll')
  lateFailure(withCode('ECONNREFUSED'))
  expect(allows(2000)).toBe(false)
  fail('lookup')
  expect(allows(2000)).toBe(true)
  fail('poll', withCode('28P01'))
  fail('poll')
  expect(allows(2000)).toBe(false)
})

test('without the option the cache never answers for a database that is away', () => {
  const { beforeRead, allows } = createOutage(0)
  for (const read of ['poll', 'lookup'] as const) beforeRead(read)(withCode('ECONNREFUSED'))
  expect([allows(0), allows(1000)]).toEqual([false, false])
})
