import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

const linesOf = (env: Record<string, string>) => {
  try {
    readConfig(env)
    return []
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : []
  }
}

test('needs nothing to be set', () => {
  const { dataDir, ...config } = readConfig({})
  expect(dataDir).toMatch(/[\\/]data$/)
  expect(config).toEqual({
    host: '127.0.0.1',
    port: 61016,
    webPort: 3000,
    apiUrl: 'http://127.0.0.1:61016',
    internalApiUrl: 'http://127.0.0.1:61016',
    consoleUrl: 'http://localhost:3000',
    termsUrl: undefined,
    issuer: 'http://localhost:3000/',
    databaseUrl: undefined,
    directUrl: undefined,
    pooler: undefined,
    secretKey: undefined,
    secretKeysBefore: [],
    auditKey: undefined,
    auditRetention: undefined,
    ownerEmail: 'owner@localhost',
    keyPrefix: 'bencher',
    logLevel: 'warn',
    logRequests: false,
    smtpUrl: undefined,
    mailFrom: 'Project Keys <no-reply@localhost>',
    signUp: 'open',
    rateLimits: expect.objectContaining({ sign_in: { count: 20, span: 3600 }, keys: { count: 120, span: 60 } }),
    quotas: { organizations: 100, projects: 1000, invitations: 1000, keys: 100_000 },
    trustedProxies: [],
    cacheSize: 100_000,
    staleIfDown: 0,
    consoleToken: undefined,
    warnings: [],
  })
})

test.each([
  [
    'HOST',
    'http://127.0.0.1',
    'HOST is "http://127.0.0.1", and must be an IP address or a host name, such as 127.0.0.1.',
  ],
  ['PORT', '0', 'PORT is "0", and must be a whole number from 1 to 65535.'],
  ['STALE_IF_DOWN', '3601', 'STALE_IF_DOWN is "3601", and must be a whole number of seconds, from 0 to 3600.'],
  [
    'AUDIT_KEY',
    'half a secret',
    'AUDIT_KEY must be a private key of Ed25519 as PEM (PKCS #8), or 32 random bytes as base64, as `openssl rand -base64 32` prints them.',
  ],
  ['AUDIT_RETENTION', '0', 'AUDIT_RETENTION is "0", and must be a whole number of days, from 1 to 99999.'],
  ['PORT', '', 'PORT is "", and must be a whole number from 1 to 65535.'],
  ['WEB_PORT', '65536', 'WEB_PORT is "65536", and must be a whole number from 1 to 65535.'],
  ['WEB_PORT', '61016', 'PORT and WEB_PORT are both "61016", and must differ.'],
  [
    'CONSOLE_URL',
    'keys.example.com',
    'CONSOLE_URL is "keys.example.com", and must be an address such as https://keys.example.com, without a path, a query or a password.',
  ],
  [
    'TERMS_URL',
    'javascript:alert(1)',
    'TERMS_URL is "javascript:alert(1)", and must be the URL of a page, such as https://example.com/terms.',
  ],
  ['DATA_DIR', '', 'DATA_DIR is "", and must name a folder.'],
  ['SECRET_KEY', '', 'SECRET_KEY must not be empty: give 32 random bytes or more, or leave it out.'],
  [
    'SECRET_KEYS_BEFORE',
    '',
    'SECRET_KEYS_BEFORE must hold one secret on each line, but line 1 is blank: give the secret of before there, or leave the line out.',
  ],
  [
    'SECRET_KEYS_BEFORE',
    `${'a'.repeat(32)}\n \n`,
    'SECRET_KEYS_BEFORE must hold one secret on each line, but line 2 is blank: give the secret of before there, or leave the line out.',
  ],
  [
    'SECRET_KEYS_BEFORE',
    ['a', 'b', 'a'].map((letter) => letter.repeat(32)).join('\n'),
    'SECRET_KEYS_BEFORE has the same secret on lines 1 and 3: leave one out.',
  ],
  ['OWNER_EMAIL', 'owner', 'OWNER_EMAIL is "owner", and must be an e-mail address.'],
  [
    'KEY_PREFIX',
    'my-keys',
    'KEY_PREFIX is "my-keys", and must be 1 to 32 letters, digits and underscores, and begin with a letter.',
  ],
  ['DATABASE_POOLER', 'statement', 'DATABASE_POOLER is "statement", and must be transaction or session, as pool_mode.'],
  ['LOG_REQUESTS', 'yes', 'LOG_REQUESTS is "yes", and must be json, or be left out.'],
  ['LOG_LEVEL', 'loud', 'LOG_LEVEL is "loud", and must be one of fatal, error, warn, info, debug, trace, silent.'],
  ['SMTP_URL', 'mail.example.com', 'SMTP_URL must be of the form smtp://user:password@host:587.'],
  ['SMTP_URL', 'smtp://me:secret@:::', 'SMTP_URL must be of the form smtp://user:password@host:587.'],
  ['MAIL_FROM', '', 'MAIL_FROM is "", and must be an address that mails come from.'],
  ['SIGN_UP', 'maybe', 'SIGN_UP is "maybe", and must be open or closed.'],
  ...['on', 'sign_in=20', 'sign_in=0/60', 'nothing=1/1', 'constructor=1/1', 'keys=1/0'].map((value) => [
    'RATE_LIMITS',
    value,
    `RATE_LIMITS is "${value}", and must be off, or limits as times/seconds, such as sign_in=20/3600,authentication=60/60,keys=120/60,mails=120/3600,recipients=20/3600.`,
  ]),
  ...['on', 'keys', 'keys=-1', 'keys=many', 'nothing=1', 'constructor=1'].map((value) => [
    'QUOTAS',
    value,
    `QUOTAS is "${value}", and must be off, or quotas such as organizations=100,projects=1000,invitations=1000,keys=100000.`,
  ]),
  ...['everybody', '10.0.0.1,x', '10.0.0.0/33', '10.0.0.0/0', 'fd00::/129', '10.0.0.1/'].map((value) => [
    'TRUSTED_PROXIES',
    value,
    `TRUSTED_PROXIES is "${value}", and must be addresses and networks, such as 10.0.0.1,10.1.0.0/16.`,
  ]),
])('answers a wrong %s (%j) with one line', (name, value, line) => {
  expect(linesOf({ [name]: value })).toEqual([line])
})

test('reports all wrong values at once', () => {
  expect(linesOf({ PORT: 'x', LOG_LEVEL: 'y', DATABASE_URL: 'postgresql://localhost/keys' })).toHaveLength(3)
})

test('asks for a SECRET_KEY with a DATABASE_URL, and repeats neither of them', () => {
  const missing = linesOf({ DATABASE_URL: 'postgresql://keys:hidden@localhost/keys' })
  expect(missing).toEqual([
    'SECRET_KEY must be given with DATABASE_URL: all servers on one database sign with the same one.',
  ])
  const [line] = linesOf({ DATABASE_URL: 'mysql://keys:hidden@localhost/keys', SECRET_KEY: 'secret' })
  expect(line).toContain('DATABASE_URL must be of the form postgresql://')
  expect(line).not.toMatch(/hidden|secret"/)
})

test('takes a database behind a socket', () => {
  const databaseUrl = 'postgresql://keys@/keys?host=/run/postgresql'
  expect(readConfig({ DATABASE_URL: databaseUrl, SECRET_KEY: 'x'.repeat(32) }).databaseUrl).toBe(databaseUrl)
})

test('warns of a SECRET_KEY under 32 bytes, and counts bytes', () => {
  expect(readConfig({ SECRET_KEY: 'x'.repeat(31) }).warnings).toHaveLength(1)
  expect(readConfig({ SECRET_KEY: 'é'.repeat(16) }).warnings).toEqual([])
})

test('warns of a public CONSOLE_URL without an API_URL, because pages then guess where people reach the API', () => {
  const CONSOLE_URL = 'https://keys.example.com'
  expect(readConfig({ CONSOLE_URL }).warnings).toEqual([expect.stringContaining('https://keys.example.com:61016')])
  expect(readConfig({ CONSOLE_URL, API_URL: 'https://api.example.com' }).warnings).toEqual([])
  expect(readConfig({ CONSOLE_URL: 'http://127.0.0.1:3000' }).warnings).toEqual([])
})

test('takes secrets from before a change, one a line, and each as it is', () => {
  const [one, other] = [`a,b;"c" ${'x'.repeat(32)} `, 'y'.repeat(32)]
  for (const text of [`${one}\n${other}`, `${one}\r\n${other}\r\n`]) {
    expect(readConfig({ SECRET_KEYS_BEFORE: text }).secretKeysBefore).toEqual([one, other])
  }
})

test('refuses the current secret among those from before, with the other faults, and repeats it nowhere', () => {
  const current = 'x'.repeat(32)
  const lines = linesOf({ SECRET_KEY: current, SECRET_KEYS_BEFORE: `${'y'.repeat(32)}\n${current}`, PORT: 'x' })
  expect(lines).toHaveLength(2)
  expect(lines[1]).toBe(
    'SECRET_KEYS_BEFORE has the current secret on line 2: change the current one, or leave the line out.',
  )
})

test('warns of a short secret from before by its line, and repeats it nowhere', () => {
  expect(readConfig({ SECRET_KEYS_BEFORE: `${'y'.repeat(32)}\nshort` }).warnings).toEqual([
    'SECRET_KEYS_BEFORE, line 2, is shorter than 32 bytes, and can be guessed: leave it out as soon as nothing needs it.',
  ])
})

test('ends the issuer with one slash, whether CONSOLE_URL has it or not', () => {
  expect(readConfig({ CONSOLE_URL: 'https://keys.example.com' }).issuer).toBe('https://keys.example.com/')
  expect(readConfig({ CONSOLE_URL: 'https://keys.example.com/' }).issuer).toBe('https://keys.example.com/')
  expect(readConfig({ WEB_PORT: '4000' }).issuer).toBe('http://localhost:4000/')
})

test('refuses a CONSOLE_URL with more than an address', () => {
  for (const more of ['/keys', '?a', '#a'])
    expect(linesOf({ CONSOLE_URL: `https://example.com${more}` })).toHaveLength(1)
  expect(linesOf({ CONSOLE_URL: 'https://me:pw@example.com' })).toHaveLength(1)
})

test('keeps each rate limit that is not named, or none at all', () => {
  const { rateLimits } = readConfig({})
  expect(readConfig({ RATE_LIMITS: 'keys=5/10' }).rateLimits).toEqual({ ...rateLimits, keys: { count: 5, span: 10 } })
  expect(readConfig({ RATE_LIMITS: 'off' }).rateLimits).toBeNull()
})

test('keeps each quota that is not named, or none at all', () => {
  expect(readConfig({ QUOTAS: 'keys=5' }).quotas).toEqual({ ...readConfig({}).quotas, keys: 5 })
  expect(readConfig({ QUOTAS: 'off' }).quotas).toBeNull()
  expect(readConfig({ RATE_LIMITS: 'off' }).quotas).not.toBeNull()
})

test('trusts the proxies that are named', () => {
  expect(readConfig({ TRUSTED_PROXIES: '10.0.0.1,fd00::/8' }).trustedProxies).toEqual(['10.0.0.1', 'fd00::/8'])
})
