import { tracingChannel } from 'node:diagnostics_channel'
import type pg from 'pg'

/** A statement, without its text and its values: what it does, and the name that it is prepared under, if any. */
export type Statement = { operation: string; name?: string }

/**
 * Tells subscribers of each statement when it leaves and when its answer is here. A connection tells of its statements
 * only if there is a subscriber when it is made, so that nothing costs anything otherwise.
 */
export const statements = tracingChannel<Statement>('project-keys.statement')

const OPERATIONS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'WITH', 'BEGIN', 'COMMIT', 'ROLLBACK', 'LISTEN', 'SET']

export function tellStatements(client: pg.Client): void {
  if (!statements.hasSubscribers) return
  client.query = new Proxy(client.query, {
    apply(query, self, given: unknown[]) {
      const statement = statementOf(given[0])
      if (!statement) return Reflect.apply(query, self, given)
      const last = given.length - 1
      const ask = (...given: unknown[]): unknown => Reflect.apply(query, self, given)
      return typeof given[last] === 'function'
        ? statements.traceCallback(ask, last, statement, undefined, ...given)
        : statements.tracePromise(async () => ask(...given), statement)
    },
  })
}

/** Null for a stream, which has no one answer. */
function statementOf(query: unknown): Statement | null {
  if (typeof query === 'string') return { operation: operationOf(query) }
  if (typeof query !== 'object' || query === null || 'submit' in query) return null
  const text = 'text' in query && typeof query.text === 'string' ? query.text : ''
  const name = 'name' in query && typeof query.name === 'string' ? { name: query.name } : {}
  return { operation: operationOf(text), ...name }
}

function operationOf(text: string): string {
  const word = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? ''
  return OPERATIONS.includes(word) ? word : 'OTHER'
}
