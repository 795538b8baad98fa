import type { Config } from '../config.ts'

const UNREACHABLE = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT)$/

/** The reason why the API cannot listen, and what to do about it. */
export function listenFault(error: unknown, { host, port }: Pick<Config, 'host' | 'port'>, variable = 'PORT') {
  const code = codeOf(error)
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${host} is taken: stop the program that listens there, or set ${variable} to another one.`
  if (code === 'EACCES') return `Port ${port} needs more rights: set ${variable} to one above 1023.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `HOST is ${host}, which is not an address of this machine: use 127.0.0.1, or 0.0.0.0 for all of its addresses.`
  return `The server can't listen on ${host}, port ${port}: ${messageOf(error)}`
}

/** The reason why the database cannot be used, and what to do about it. It contains nothing of DATABASE_URL. */
export function databaseFault(error: unknown) {
  const code = codeOf(error)
  if (UNREACHABLE.test(code) || /timeout|timed out/i.test(messageOf(error)))
    return `The database that DATABASE_URL names can't be reached (${code || 'no answer'}): start it, or correct the host and port.`
  if (code === '28P01' || code === '28000')
    return 'The database refuses the user or password in DATABASE_URL: correct them.'
  if (code === '3D000') return 'The database that DATABASE_URL names does not exist: create it, or correct the name.'
  return messageOf(error)
}

/** For a promise's `catch`: throws an error with the explanation as its message. */
export const explained = (explain: (error: unknown) => string) => (error: unknown) => {
  throw new Error(explain(error), { cause: error })
}

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
