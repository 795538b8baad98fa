#!/usr/bin/env bash
# PostgreSQL cannot restore its own dump of a valid function: where an INSERT … ON CONFLICT has another one in its WITH,
# and the body is in the SQL standard's form (BEGIN ATOMIC), pg_get_functiondef writes the inner `excluded` as
# `excluded_1`, which is no name that it knows. pg_dump writes the same. Put both into the WITH of a SELECT instead. Seen
# in 15.20 and 18.4 by pg_dump; here in the PostgreSQL that PGlite runs in Node.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.17
cat >try.mjs <<'JS'
import { PGlite } from '@electric-sql/pglite'

const db = await PGlite.create()
console.log((await db.query('SELECT version()')).rows[0].version)
await db.exec('CREATE TABLE counts (id int PRIMARY KEY, n int); CREATE TABLE marks (id int PRIMARY KEY, n int)')
const COUNT = 'INSERT INTO counts VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = counts.n + excluded.n'
const MARK = 'INSERT INTO marks VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = excluded.n'
const outcome = async (name, body) => {
  await db.exec(`CREATE FUNCTION ${name}() RETURNS void LANGUAGE sql BEGIN ATOMIC ${body}; END`)
  await db.exec(`SELECT ${name}()`)
  const { rows } = await db.query('SELECT pg_get_functiondef($1::regproc) AS definition', [name])
  return db.exec(rows[0].definition).then(
    () => 'restored',
    ({ message }) => `refused: ${message}`,
  )
}
const nested = await outcome('nested', `WITH counted AS (${COUNT}) ${MARK}`)
const beside = await outcome('beside', `WITH counted AS (${COUNT}), marked AS (${MARK}) SELECT`)
console.log(`one ON CONFLICT in the WITH of another   ${nested}`)
console.log(`both in the WITH of a SELECT             ${beside}`)
process.exit(nested.startsWith('refused') && beside === 'restored' ? 0 : 1)
JS
node try.mjs
