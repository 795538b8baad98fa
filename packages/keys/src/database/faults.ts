// P2028: a transaction got no connection in time, or took too long.
// 26000 and 42P05: an earlier read of the connection, which prepared the statement, got no response (pipeline.ts).
const AWAY =
  /^(08[^P]|53|57P|57014|25006|55P03|26000|42P05)|^(ECONN|ENOENT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT)|^P(1001|1002|1008|1017|2024|2028)$|^(DatabaseNotReachable|ConnectionClosed|SocketTimeout)$/
const AWAY_WORDS =
  /Connection terminated|timeout expired|connection timeout|timeout exceeded when trying to connect|Query read timeout/i
const AGAIN = /^(40001|40P01|P2034)$/

/** The database is unreachable, overloaded or read-only, so the caller should try again later. */
export const isAway = (error: unknown): boolean =>
  causes(error).some(({ code, message }) => AWAY.test(code) || AWAY_WORDS.test(message))

/** A deadlock or a serialization failure: nothing was written, and PostgreSQL asks for a retry. */
export const isTransient = (error: unknown): boolean => causes(error).some(({ code }) => AGAIN.test(code))

/** PostgreSQL cannot store or read a given value: bytes, a number, a time or the text of one. */
export const isUnstorable = (error: unknown): boolean =>
  causes(error).some(({ code }) => /^22(003|007|008|021|P02|P05)$/.test(code))

/** A unique constraint was violated. */
export const isTaken = (error: unknown): boolean =>
  causes(error).some(({ code }) => code === '23505' || code === 'P2002')

/** An error like PostgreSQL's for a violated unique constraint. */
export const takenError = (message: string): Error => Object.assign(new Error(message), { code: '23505' })

/** An error and its causes: Prisma, its driver adapter and pg each wrap the one below in their own way. */
function causes(error: unknown): { code: string; message: string }[] {
  const found: { code: string; message: string }[] = []
  for (let at = error, depth = 0; at instanceof Error && depth < 6; at = next(at), depth++) {
    found.push({ code: codeOf(at), message: at.message })
    if (at.cause && typeof at.cause === 'object' && !(at.cause instanceof Error)) {
      found.push({ code: codeOf(at.cause), message: '' })
    }
  }
  return found
}

const next = (error: Error): unknown =>
  error.cause ?? ('meta' in error && isRecord(error.meta) ? error.meta.driverAdapterError : null)

const codeOf = (thing: object): string => {
  for (const name of ['originalCode', 'code', 'kind']) {
    const code = name in thing && isRecord(thing) ? thing[name] : null
    if (typeof code === 'string') return code
  }
  return ''
}

const isRecord = (thing: unknown): thing is Record<string, unknown> => typeof thing === 'object' && thing !== null
