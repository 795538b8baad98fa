import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, inject } from 'vitest'
import { openDatabase } from '../src/database/client.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: { url: string; template: string }
  }
}

type Options = { connections?: number; migrated?: boolean }

/** A database of this file's own, with all migrations, for as long as the file's tests run. */
export async function freshDatabase({ connections = 10, migrated = true }: Options = {}) {
  const { url, template } = inject('postgres')
  const name = `${template}_${randomUUID().slice(-12)}`
  await execute(url, `CREATE DATABASE ${name} ${migrated ? `TEMPLATE ${template}` : ''}`)
  const db = openDatabase({ url: databaseUrl(url, name), connections })
  afterAll(db.close)
  return { db, url: databaseUrl(url, name) }
}

/** The same server's database of another name. */
export function databaseUrl(url: string, name: string): string {
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}

/** Runs SQL on a connection of its own. */
export async function execute(url: string, sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  // A connection that breaks refuses the query too; without a listener it would end the process.
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql, values)).rows
  } finally {
    await client.end()
  }
}
