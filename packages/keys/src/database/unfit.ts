import { missingSettings } from '@project-keys/verify/connections'
import type pg from 'pg'
import { z } from 'zod'

const OLDEST_POSTGRES = 15
const Server = z.tuple([z.object({ version: z.int(), encoding: z.string(), folds: z.boolean() })])

/** @throws an Error that says why the service cannot work on this database, and what to do about it */
export async function rejectUnfit(client: pg.ClientBase) {
  const { rows } = await client.query(
    `SELECT current_setting('server_version_num')::int / 10000 AS version,
       current_setting('server_encoding') AS encoding,
       EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu') AS folds`,
  )
  const [{ version, encoding, folds }] = Server.parse(rows)
  if (version < OLDEST_POSTGRES) {
    throw new Error(`DATABASE_URL names a PostgreSQL ${version}; Project Keys needs ${OLDEST_POSTGRES} or newer.`)
  }
  if (encoding !== 'UTF8') {
    throw new Error(
      `The database that DATABASE_URL names has the encoding ${encoding}, which cannot store every name: make another one by CREATE DATABASE name ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0, and move what is there by pg_dump.`,
    )
  }
  if (!folds) {
    throw new Error('This PostgreSQL was built without ICU, which the search needs: use one that has it.')
  }
  const [statement] = await missingSettings(client, { schema: undefined, pooled: false })
  if (statement !== undefined) {
    throw new Error(
      `The database that DATABASE_URL names takes no writes by default: run ${statement} if that is no wish of its provider, and start again.`,
    )
  }
}
