const UNREACHABLE = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT|EACCES)$/
const UNTRUSTED =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?)$/

type Fault = { code: string; message: string }
type Rule = { if: (fault: Fault) => boolean; say: (fault: Fault) => string }

const code = (pattern: RegExp) => (fault: Fault) => pattern.test(fault.code)
const words = (pattern: RegExp) => (fault: Fault) => pattern.test(fault.message)
const word = (pattern: RegExp, { message }: Fault) => pattern.exec(message)?.[1] ?? ''
const extension = (fault: Fault) => word(/extension "(\w+)"/, fault)

/** The first rule that holds says what to do. */
const RULES: Rule[] = [
  {
    if: words(/^None of the hosts is a primary/),
    say: ({ message }) =>
      `${message.replace('hosts', 'hosts in DATABASE_URL')} Start or promote one, or correct the hosts.`,
  },
  {
    if: words(/old primary/),
    say: () =>
      'The database that DATABASE_URL names is an old primary, beside which another one was promoted: name that one.',
  },
  {
    if: code(UNTRUSTED),
    say: () =>
      "The database's certificate is not from an authority that this machine trusts: name the authority's file as sslrootcert in DATABASE_URL, or use sslmode=require, which does not verify it.",
  },
  {
    if: code(/^ERR_TLS_CERT_ALTNAME_INVALID$/),
    say: () =>
      "The database's certificate is for another host name: use that name in DATABASE_URL, or sslmode=verify-ca, which does not compare names.",
  },
  {
    if: code(/^CERT_|^ERR_(TLS|SSL|OSSL)/),
    say: ({ code }) =>
      `TLS with the database fails (${code}): correct the certificate, or the ssl parameters in DATABASE_URL.`,
  },
  {
    if: words(/does not support SSL connections/),
    say: () => 'The database offers no TLS, which DATABASE_URL asks for: turn it on there, or use sslmode=disable.',
  },
  {
    if: words(/no channel binding/),
    say: () =>
      'The database offers no channel binding, which DATABASE_URL asks for: use scram-sha-256 over TLS there, or leave channel_binding out.',
  },
  {
    if: (fault) => code(/^28000$/)(fault) && words(/no encryption|SSL off/)(fault),
    say: () => 'The database takes connections over TLS only: add sslmode=require to DATABASE_URL.',
  },
  {
    if: (fault) => code(/^28000$/)(fault) && words(/pg_hba\.conf/)(fault),
    say: () =>
      'No line of pg_hba.conf lets this machine in with the user and database of DATABASE_URL: add one, or correct them.',
  },
  {
    if: (fault) => code(/^28(P01|000)$/)(fault) || words(/no such user|password must be a string/i)(fault),
    say: () => 'The database refuses the user or password in DATABASE_URL: correct them.',
  },
  {
    if: (fault) => code(/^3D000$/)(fault) || words(/no such database/)(fault),
    say: () => 'The database that DATABASE_URL names does not exist: create it, or correct the name.',
  },
  {
    if: words(/statement pooling mode/),
    say: () =>
      'The pooler in front of the database allows no transactions (statement mode): set its pool_mode to transaction or session.',
  },
  {
    if: words(/unsupported startup parameter/),
    say: (fault) =>
      `The pooler in front of the database refuses the startup parameter ${word(/startup parameter(?: in options)?: (\w+)/, fault)}: leave it out of DATABASE_URL, or add it to the pooler's ignore_startup_parameters.`,
  },
  {
    if: code(/^53300$/),
    say: () => 'The database has no connection left: raise its max_connections, or end what uses them.',
  },
  {
    if: code(/^25006$/),
    say: () =>
      'The database that DATABASE_URL names is a standby, which takes no writes: name the primary, or all hosts with commas between.',
  },
  {
    if: code(/^57P03$/),
    say: () => 'The database is starting, stopping or recovering: try again in a minute.',
  },
  {
    if: (fault) => code(/^42501$/)(fault) && words(/set parameter/)(fault),
    say: (fault) =>
      `The defaults of the user or the database change ${word(/parameter "(\w+)"/, fault)}, and the user of DATABASE_URL may not change it back: reset it as a superuser, by ALTER ROLE … RESET and ALTER DATABASE … RESET ${word(/parameter "(\w+)"/, fault)}.`,
  },
  {
    if: (fault) => code(/^42501$/)(fault) && words(/schema/)(fault),
    say: (fault) =>
      `The user of DATABASE_URL may not create tables in the schema ${word(/schema (\S+)/, fault)}: run GRANT USAGE, CREATE ON SCHEMA "${word(/schema (\S+)/, fault)}" TO the user, or name a schema of its own with ?schema=NAME.`,
  },
  {
    if: (fault) => code(/^42501$/)(fault) && words(/extension/)(fault),
    say: (fault) =>
      `The user of DATABASE_URL may not create the extension ${extension(fault)}: run CREATE EXTENSION ${extension(fault)} in that database as its owner or a superuser.`,
  },
  {
    if: (fault) => code(/^42501$/)(fault) && words(/database/)(fault),
    say: () =>
      'The user of DATABASE_URL may not create a schema in that database: create it for the user, or run GRANT CREATE ON DATABASE.',
  },
  {
    if: (fault) => words(/extension "(pg_trgm|btree_gin)"/)(fault) && code(/^(0A000|58P01)$/)(fault),
    say: (fault) =>
      `PostgreSQL lacks the extension ${extension(fault)}: install its contrib package (on Debian a part of postgresql itself), then start again.`,
  },
  {
    if: (fault) => code(UNREACHABLE)(fault) || words(/timeout expired|connection timeout|timeout exceeded/)(fault),
    say: ({ code }) =>
      `The database that DATABASE_URL names can't be reached (${code || 'no answer'}): start it, or correct the host and port.`,
  },
  {
    if: words(/Connection terminated unexpectedly|There was an error establishing an SSL connection/),
    say: () =>
      'What listens at the host and port of DATABASE_URL ends the connection, and may be no PostgreSQL: correct them.',
  },
]

/**
 * Why the database cannot be used, and what to do about it, in one sentence; null for other errors. It contains nothing of
 * the URL, which `variable` holds, but the names of hosts, a schema or a parameter.
 */
export function databaseFault(error: unknown, variable = 'DATABASE_URL'): string | null {
  const faults = causes(error)
  for (const rule of RULES) {
    const fault = faults.find(rule.if)
    if (fault) return rule.say(fault).replaceAll('DATABASE_URL', variable)
  }
  return null
}

/** An error, its causes, and for several addresses of one host the errors of each. */
function causes(error: unknown, depth = 0): Fault[] {
  if (!(error instanceof Error) || depth > 5) return []
  const own = { code: 'code' in error && typeof error.code === 'string' ? error.code : '', message: error.message }
  const others = error instanceof AggregateError ? error.errors : []
  return [own, ...[error.cause, ...others].flatMap((other: unknown) => causes(other, depth + 1))]
}
