import type { Config } from '../config.ts'

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

/** For a promise's `catch`: throws an error with the explanation as its message. */
export const explained = (explain: (error: unknown) => string | null) => (error: unknown) => {
  throw new Error(explain(error) ?? messageOf(error), { cause: error })
}

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
