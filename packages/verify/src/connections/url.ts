/** A host name, an address, or the folder of a Unix socket. */
export type Host = { host: string; port: number }

/** Such as `db.example.com:5432` or `[::1]:5432`. */
export const nameOf = ({ host, port }: Host) => `${host.includes(':') ? `[${host}]` : host}:${port}`

/** A connection URL, taken apart as PostgreSQL's own clients do it. */
export type ParsedUrl = {
  hosts: Host[]
  user: string | undefined
  password: string | undefined
  database: string | undefined
  /** The query's other parameters, in the order of the URL. */
  parameters: Map<string, string>
  /** What to say of an unknown parameter, because it may be a part of the password; null if it can be none. */
  passwordFault: string | null
}

const FORM = 'must be of the form postgresql://user:password@host:5432/name'
const ENCODE = 'must have special characters of its user and password written as %XX: @ as %40, / as %2F, % as %25'
const DEFAULT_PORT = '5432'

/**
 * Reads libpq's form of a URL (its manual, 32.1.1.2), with one host or several. Unlike WHATWG's, it takes a `#` or a `?`
 * in a password for what it is.
 * @throws an Error that says what the URL must be, such as "must be of the form …"
 */
export function parseUrl(text: string): ParsedUrl {
  const [, rest] = /^postgres(?:ql)?:\/\/(.+)$/s.exec(text) ?? []
  if (rest === undefined) throw new Error(FORM)
  const { userInfo, address } = splitUserInfo(rest)
  const [, hostList = '', path = '', query = ''] = /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(address) ?? []
  if (hostList.includes('@') || (!userInfo && path.includes('@'))) throw new Error(ENCODE)
  const parameters = parametersOf(query)
  const passwordFault = query.includes('@') || parameters.has('password') ? ENCODE : null
  const take = (name: string) => {
    const value = parameters.get(name)
    parameters.delete(name)
    return value || undefined
  }
  const [user, password] = splitOnce(userInfo, ':')
  return {
    hosts: hostsOf(hostList, take('host'), take('port')),
    user: take('user') ?? decoded(user),
    password: take('password') ?? decoded(password),
    database: take('dbname') ?? decoded(path),
    parameters,
    passwordFault,
  }
}

/** The user and the password end at the first `@`, if it comes before the first `/`. */
function splitUserInfo(rest: string) {
  const [, userInfo, address] = /^([^@/]*)@(.*)$/s.exec(rest) ?? []
  return userInfo === undefined || address === undefined ? { userInfo: '', address: rest } : { userInfo, address }
}

function parametersOf(query: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const part of query.split('&').filter(Boolean)) {
    const [name, value = ''] = splitOnce(part, '=')
    parameters.set(decoded(name) ?? '', decoded(value) ?? '')
  }
  return parameters
}

/** `host` and `port` of the query replace those of the address; both may be lists. */
function hostsOf(list: string, host: string | undefined, port: string | undefined): Host[] {
  const pairs = list.split(',').map(hostAndPort)
  const names = host?.split(',') ?? pairs.map(([name]) => name)
  const ports = port?.split(',') ?? pairs.map(([, own]) => own)
  if (ports.length !== 1 && ports.length !== names.length) throw new Error('must have one port, or one for each host')
  return names.map((name, n) => ({
    host: name || process.env.PGHOST || 'localhost',
    port: portOf((ports.length === 1 ? ports[0] : ports[n]) || process.env.PGPORT || DEFAULT_PORT),
  }))
}

function hostAndPort(text: string): [string, string] {
  const [, six, name = '', port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(text) ?? []
  return [six ?? decoded(name) ?? '', port]
}

function portOf(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text)) throw new Error(`${ENCODE}; and a port must be a number`)
  if (port < 1 || port > 65535) throw new Error('must have a port from 1 to 65535')
  return port
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

/** Undefined if there is nothing. */
function decoded(text: string | undefined): string | undefined {
  if (!text) return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error(ENCODE)
  }
}
