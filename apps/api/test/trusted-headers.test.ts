import { createLimits, type Database } from '@project-keys/keys'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'

const SECRET = 'what only the console knows'
const FORWARDED = '203.0.113.1'
const TOLD = '198.51.100.1'

/** The settings: the service trusts a proxy or the console only if the operator named it. */
const SETTINGS = {
  nothing: {},
  'a proxy': { trustedProxies: ['127.0.0.1'] },
  'another proxy': { trustedProxies: ['10.0.0.0/8'] },
  'a secret': { consoleToken: SECRET },
  both: { trustedProxies: ['127.0.0.1'], consoleToken: SECRET },
}
type Setting = keyof typeof SETTINGS
const settings: Setting[] = ['nothing', 'a proxy', 'another proxy', 'a secret', 'both']
type Address = 'connection' | 'forwarded' | 'told' | 'hidden'
type Row = { headers: Record<string, string> } & Record<Setting, Address>

const never = {
  nothing: 'connection',
  'a proxy': 'connection',
  'another proxy': 'connection',
  'a secret': 'connection',
  both: 'connection',
} as const
const byProxy = { ...never, 'a proxy': 'forwarded', both: 'forwarded' } as const
const byConsole = { ...never, 'a secret': 'told', both: 'told' } as const
const forwarded = { 'x-forwarded-for': FORWARDED }
const told = { 'x-client-address': TOLD }

/** By which address a request counts, for each header that tells one. */
const TABLE: Record<string, Row> = {
  'no header': { headers: {}, ...never },
  'X-Forwarded-For': { headers: forwarded, ...byProxy },
  'X-Forwarded-For with an address before it': {
    headers: { 'x-forwarded-for': `${TOLD}, ${FORWARDED}` },
    ...byProxy,
  },
  'X-Forwarded-For of a client whose address the proxy hides': {
    headers: { 'x-forwarded-for': '_hidden' },
    ...never,
    'a proxy': 'hidden',
    both: 'hidden',
  },
  'X-Client-Address': { headers: told, ...never },
  'X-Client-Address and a wrong X-Console-Token': { headers: { ...told, 'x-console-token': `${SECRET}x` }, ...never },
  'X-Client-Address and an empty X-Console-Token': { headers: { ...told, 'x-console-token': '' }, ...never },
  'X-Client-Address and the word undefined': { headers: { ...told, 'x-console-token': 'undefined' }, ...never },
  'X-Client-Address and X-Console-Token': { headers: { ...told, 'x-console-token': SECRET }, ...byConsole },
  'X-Console-Token': { headers: { 'x-console-token': SECRET }, ...never },
  'X-Forwarded-For and a wrong X-Console-Token': {
    headers: { ...forwarded, ...told, 'x-console-token': 'x' },
    ...byProxy,
  },
  'all of them': {
    headers: { ...forwarded, ...told, 'x-console-token': SECRET },
    ...byProxy,
    'a secret': 'told',
    both: 'told',
  },
  'X-Real-IP': { headers: { 'x-real-ip': FORWARDED }, ...never },
  Forwarded: { headers: { forwarded: `for=${FORWARDED}` }, ...never },
  'CF-Connecting-IP': { headers: { 'cf-connecting-ip': FORWARDED }, ...never },
}
const ADDRESSES = { connection: '127.0.0.1', forwarded: FORWARDED, told: TOLD, hidden: '_hidden' }

const MANY = { count: 1000, span: 3600 }
const limits = (db: Database) =>
  createLimits(db, { sign_in: MANY, authentication: MANY, keys: MANY, mails: MANY, recipients: MANY })
const Buckets = z.array(z.object({ bucket: z.string() }))

describe.each(settings)('where the operator trusts %s', async (name) => {
  const service = await startService({ limits, ...SETTINGS[name] })

  test.each(Object.entries(TABLE))('a request with %s counts by its true address', async (_, row) => {
    await service.send('GET', '/v0/organizations', { token: 'x', headers: row.headers })
    await service.limits.merge(service.clock.now)
    const { rows } = await service.db.pool.query('DELETE FROM rate_counts RETURNING bucket')
    expect(Buckets.parse(rows)).toEqual([{ bucket: `authentication ${ADDRESSES[row[name]]}` }])
  })
})
