import type { ParsedUrl } from './url.ts'

const NUMBER = /^\d{1,9}$/
const SWITCH = /^(true|false|1|0)$/
const PROTOCOL = /^(TLSv1|TLSv1\.[123])$/

/** The parameters that are honoured, with the values that are, and the words for those. */
const HONOURED: Record<string, [RegExp, string]> = {
  // PostgreSQL's own.
  application_name: [/./s, 'a name'],
  fallback_application_name: [/./s, 'a name'],
  connect_timeout: [NUMBER, 'a number of seconds'],
  options: [/^(?!.*search_path).*$/is, 'no search_path (but schema=NAME)'],
  client_encoding: [/^(auto|utf-?8)$/i, 'UTF8'],
  target_session_attrs: [/^(primary|read-write)$/, 'primary or read-write'],
  load_balance_hosts: [/^disable$/, 'disable, because there is one primary'],
  gssencmode: [/^(disable|prefer)$/, 'disable or prefer'],
  channel_binding: [/^(disable|prefer|require)$/, 'disable, prefer or require'],
  keepalives: [/^[01]$/, '1 or 0'],
  keepalives_idle: [NUMBER, 'a number of seconds'],
  sslmode: [
    /^(disable|allow|prefer|require|verify-ca|verify-full|no-verify)$/,
    'disable, allow, prefer, require, verify-ca or verify-full',
  ],
  sslnegotiation: [/^(postgres|direct)$/, 'postgres or direct'],
  sslrootcert: [/./s, 'a file, or system'],
  sslcert: [/./s, 'a file'],
  sslkey: [/./s, 'a file'],
  sslcrl: [/./s, 'a file'],
  sslpassword: [/^/, 'a password'],
  sslcompression: [/^0$/, '0'],
  sslsni: [/^1$/, '1'],
  ssl_min_protocol_version: [PROTOCOL, 'TLSv1.2 or TLSv1.3'],
  ssl_max_protocol_version: [PROTOCOL, 'TLSv1.2 or TLSv1.3'],
  // JDBC's, which libpq takes, and those of the driver pg.
  ssl: [SWITCH, 'true or false'],
  uselibpqcompat: [SWITCH, 'true or false'],
  // Prisma's.
  schema: [/^[^\0]{1,63}$/, 'the name of a schema'],
  connection_limit: [/^[1-9]\d{0,3}$/, 'a number of connections'],
  pool_timeout: [NUMBER, 'a number of seconds'],
  socket_timeout: [NUMBER, 'a number of seconds'],
  pgbouncer: [/^(true|false)$/, 'true or false'],
  statement_cache_size: [NUMBER, 'a number of statements'],
  sslaccept: [/^(strict|accept_invalid_certs)$/, 'strict or accept_invalid_certs'],
  sslidentity: [/./s, 'a file'],
}

/** What to do instead of a parameter that other clients know. */
const INSTEAD: Record<string, string> = {
  hostaddr: 'give the address as the host',
  service: 'give host, port and database',
  passfile: 'give the password',
  statement_timeout: 'the service has limits of its own',
  idle_in_transaction_session_timeout: 'the service has limits of its own',
}

/** @throws an Error that says what a parameter must be, or which one is unknown, unless its name may be a part of the password */
export function checkParameters({ parameters, passwordFault }: Pick<ParsedUrl, 'parameters' | 'passwordFault'>): void {
  for (const [name, value] of parameters) {
    const known = Object.hasOwn(HONOURED, name) ? HONOURED[name] : undefined
    if (!known) {
      if (passwordFault) throw new Error(passwordFault)
      const instead = (Object.hasOwn(INSTEAD, name) ? INSTEAD[name] : undefined) ?? 'leave it out'
      throw new Error(`must not have the parameter ${JSON.stringify(name)}, which is not supported here: ${instead}`)
    }
    const [values, words] = known
    if (!values.test(value)) throw new Error(`must have ${words} as ${name}`)
  }
}
