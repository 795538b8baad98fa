import { readFileSync } from 'node:fs'
import tls from 'node:tls'

type Parameters = Map<string, string>

/**
 * How to speak to a server: `options` are those of Node's TLS, or null without TLS. With `optional`, a server that offers
 * no TLS is spoken to without.
 */
export type Tls = { options: tls.ConnectionOptions | null; optional: boolean }

/**
 * What `sslmode` and its like mean to libpq (its manual, 32.19) and to Prisma. Neither verifies the certificate with
 * `require`, unless a certificate authority is named.
 * @throws an Error that says what a parameter must be
 */
export function tlsOf(parameters: Parameters): Tls {
  const authority = authorityOf(parameters)
  const mode = modeOf(parameters, authority)
  if (mode === 'disable') return { options: null, optional: false }
  const options = { ...authority, ...identityOf(parameters), ...versionsOf(parameters), ...checksOf(mode) }
  return { options, optional: mode === 'prefer' || mode === 'allow' }
}

function modeOf(parameters: Parameters, { ca }: tls.ConnectionOptions): string {
  const named = parameters.get('sslmode') ?? sslSwitch(parameters.get('ssl'))
  const mode = named ?? (parameters.get('sslnegotiation') === 'direct' ? 'require' : 'prefer')
  const isSystem = parameters.get('sslrootcert') === 'system'
  if (parameters.get('sslaccept') === 'strict' && mode !== 'disable') return 'verify-full'
  if (isSystem && named !== undefined && mode !== 'verify-full')
    throw new Error(
      'must have verify-full as sslmode with sslrootcert=system, because anybody can get such a certificate',
    )
  if (isSystem) return 'verify-full'
  if (mode === 'verify-ca' && !ca) throw new Error('must name a file as sslrootcert with sslmode=verify-ca')
  if (mode === 'require' && ca && parameters.get('sslaccept') !== 'accept_invalid_certs') return 'verify-ca'
  return mode === 'no-verify' ? 'require' : mode
}

function sslSwitch(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  return value === 'true' || value === '1' ? 'require' : 'disable'
}

const checksOf = (mode: string): tls.ConnectionOptions =>
  mode === 'verify-full'
    ? {}
    : mode === 'verify-ca'
      ? { checkServerIdentity: () => undefined }
      : { rejectUnauthorized: false }

/** Prisma's `sslcert` is that of the authority, libpq's is the client's own and comes with a key. */
function authorityOf(parameters: Parameters): tls.ConnectionOptions {
  const name = parameters.has('sslrootcert') || parameters.has('sslkey') ? 'sslrootcert' : 'sslcert'
  const crl = fileOf(parameters, 'sslcrl')
  const ca = parameters.get(name) === 'system' ? systemAuthorities() : fileOf(parameters, name)
  return { ...(ca ? { ca } : {}), ...(crl ? { crl } : {}) }
}

/** Those of Node itself before 22.15, which cannot read the system's. */
const systemAuthorities = () => ('getCACertificates' in tls ? tls.getCACertificates('system') : undefined)

function identityOf(parameters: Parameters): tls.ConnectionOptions {
  const passphrase = parameters.get('sslpassword')
  const key = fileOf(parameters, 'sslkey')
  const cert = key && fileOf(parameters, 'sslcert')
  const pfx = fileOf(parameters, 'sslidentity')
  if (key && !cert) throw new Error('must name a file as sslcert with sslkey')
  return { ...(key && cert ? { key, cert } : {}), ...(pfx ? { pfx } : {}), ...(passphrase ? { passphrase } : {}) }
}

function versionsOf(parameters: Parameters): tls.ConnectionOptions {
  const minVersion = versionOf(parameters.get('ssl_min_protocol_version'))
  const maxVersion = versionOf(parameters.get('ssl_max_protocol_version'))
  return { ...(minVersion ? { minVersion } : {}), ...(maxVersion ? { maxVersion } : {}) }
}

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const
const versionOf = (text: string | undefined) => VERSIONS.find((version) => version === text)

function fileOf(parameters: Parameters, name: string): Buffer | undefined {
  const path = parameters.get(name)
  if (path === undefined) return undefined
  try {
    return readFileSync(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no file'
    throw new Error(`must name a readable file as ${name} (${code})`)
  }
}
