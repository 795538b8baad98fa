import { join, resolve } from 'node:path'
import { readSigner, type Signer } from '@project-keys/keys/audit'
import {
  addressesOf,
  addressVariables,
  type Environment,
  guessedApiUrl,
  isNetwork,
  readVariables,
  samePort,
} from '@project-keys/network'
import { urlFault } from '@project-keys/verify/connections'
import { z } from 'zod'
import { readLimits, readQuotas } from './limit-variables.ts'
import { currentInVariables, readSecretsBefore, shortSecrets } from './secret-variables.ts'

const ROOT = join(import.meta.dirname, '../../..')

export type Config = ReturnType<typeof readConfig>

const EMAIL = 'must be an e-mail address'
const PREFIX = 'must be 1 to 32 letters, digits and underscores, and begin with a letter'
// A URL that Node can't parse would be in its warning, with the password.
const SMTP_FORM = 'must be of the form smtp://user:password@host:587'
const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

const all = {
  ...addressVariables,
  DATABASE_URL: z.string().superRefine(checkDatabaseUrl).optional(),
  DATABASE_DIRECT_URL: z.string().superRefine(checkDatabaseUrl).optional(),
  DATABASE_POOLER: z.enum(['transaction', 'session'], 'must be transaction or session, as pool_mode').optional(),
  DATA_DIR: z
    .string()
    .min(1, 'must name a folder')
    .default('data')
    .transform((folder) => resolve(ROOT, folder)),
  SECRET_KEY: z.string().min(1, 'must not be empty: give 32 random bytes or more, or leave it out').optional(),
  SECRET_KEYS_BEFORE: z.string().transform(readSecretsBefore).optional(),
  AUDIT_KEY: z.string().transform(readAuditKey).optional(),
  AUDIT_RETENTION: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, 'must be a whole number of days, from 1 to 99999')
    .transform(Number)
    .optional(),
  OWNER_EMAIL: z.string().regex(z.regexes.html5Email, EMAIL).max(254, EMAIL).default('owner@localhost'),
  KEY_PREFIX: z
    .string()
    .regex(/^[A-Za-z]\w{0,31}$/, PREFIX)
    .default('bencher'),
  SMTP_URL: z
    .string()
    .refine((url) => /^smtps?:\/\/./.test(url) && URL.canParse(url), SMTP_FORM)
    .optional(),
  MAIL_FROM: z.string().min(1, 'must be an address that mails come from').optional(),
  SIGN_UP: z.enum(['open', 'closed'], 'must be open or closed').default('open'),
  RATE_LIMITS: z.string().default('').transform(readLimits),
  QUOTAS: z.string().default('').transform(readQuotas),
  CONSOLE_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  CACHE_SIZE: z
    .string()
    .regex(/^[1-9]\d{0,7}$/, 'must be a whole number of keys, from 1 to 99999999')
    .transform(Number)
    .default(100_000),
  STALE_IF_DOWN: z
    .string()
    .regex(/^(\d{1,3}|[12]\d{3}|3[0-5]\d{2}|3600)$/, 'must be a whole number of seconds, from 0 to 3600')
    .transform(Number)
    .default(0),
  TRUSTED_PROXIES: z.string().default('').transform(readProxies),
  LOG_REQUESTS: z.enum(['json'], 'must be json, or be left out').optional(),
  LOG_LEVEL: z.enum(LEVELS, `must be one of ${LEVELS.join(', ')}`).default('warn'),
}

const SECRET_VARIABLES = [
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'SECRET_KEY',
  'SECRET_KEYS_BEFORE',
  'AUDIT_KEY',
  'SMTP_URL',
  'CONSOLE_TOKEN',
]

/** Reads the environment. @throws an Error with one line for each wrong value */
export function readConfig(env: Environment) {
  const faults = [...samePort(env), ...secretMissing(env), ...currentInVariables(env)]
  const values = readVariables(all, env, { faults, secret: SECRET_VARIABLES })
  const { consoleUrl, ...rest } = addressesOf(values)
  const secretKeysBefore = values.SECRET_KEYS_BEFORE ?? []
  return {
    ...rest,
    consoleUrl,
    /** The issuer of the JWTs. */
    issuer: `${consoleUrl}/`,
    /** Without it, mails are printed. */
    smtpUrl: values.SMTP_URL,
    mailFrom: values.MAIL_FROM ?? `Project Keys <no-reply@${new URL(consoleUrl).hostname}>`,
    signUp: values.SIGN_UP,
    /** Null: there are no limits. */
    rateLimits: values.RATE_LIMITS,
    /** Null: there are no quotas. */
    quotas: values.QUOTAS,
    trustedProxies: values.TRUSTED_PROXIES,
    /** The most project keys in the cache. */
    cacheSize: values.CACHE_SIZE,
    /** For how many seconds known keys stay good while the database is away. */
    staleIfDown: values.STALE_IF_DOWN,
    /** A secret by which the console proves itself, because it tells the API the addresses of browsers. */
    consoleToken: values.CONSOLE_TOKEN,
    /** Without it, the embedded PostgreSQL runs in `dataDir`. */
    databaseUrl: values.DATABASE_URL,
    /** Leads past a pooler, for migrations. */
    directUrl: values.DATABASE_DIRECT_URL,
    /** Without it, the service finds out whether there is a pooler. */
    pooler: values.DATABASE_POOLER,
    dataDir: values.DATA_DIR,
    secretKey: values.SECRET_KEY,
    /** Secrets that only verify and open. */
    secretKeysBefore,
    /** Signs the audit log. Without it, `dataDir` or the secret has a key. */
    auditKey: values.AUDIT_KEY,
    /** For how many days events keep their content; for ever unless given. */
    auditRetention: values.AUDIT_RETENTION,
    ownerEmail: values.OWNER_EMAIL,
    keyPrefix: values.KEY_PREFIX,
    logLevel: values.LOG_LEVEL,
    /** One line for each request, and all lines as JSON. */
    logRequests: values.LOG_REQUESTS === 'json',
    warnings: [...shortSecrets(values.SECRET_KEY, secretKeysBefore), ...guessedApiUrl(values)],
  }
}

function secretMissing({ DATABASE_URL, SECRET_KEY }: Environment) {
  return DATABASE_URL !== undefined && SECRET_KEY === undefined
    ? ['SECRET_KEY must be given with DATABASE_URL: all servers on one database sign with the same one.']
    : []
}

function checkDatabaseUrl(url: string, { issues }: z.RefinementCtx<string>) {
  const fault = urlFault(url)
  if (fault) issues.push({ code: 'custom', message: fault, input: url })
}

const AUDIT_KEY_HINT =
  'must be a private key of Ed25519 as PEM (PKCS #8), or 32 random bytes as base64, as `openssl rand -base64 32` prints them'

function readAuditKey(text: string, { issues }: z.RefinementCtx<string>): Signer {
  const signer = readSigner(text)
  if (signer) return signer
  issues.push({ code: 'custom', message: AUDIT_KEY_HINT, input: text })
  return z.NEVER
}

const PROXIES_HINT = 'must be addresses and networks, such as 10.0.0.1,10.1.0.0/16'

function readProxies(text: string, { issues }: z.RefinementCtx<string>): string[] {
  const proxies = text.split(',').filter(Boolean)
  if (!proxies.every(isNetwork)) issues.push({ code: 'custom', message: PROXIES_HINT, input: text })
  return proxies
}
