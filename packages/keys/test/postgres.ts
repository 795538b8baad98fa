import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '@project-keys/postgres'
import type { TestProject } from 'vitest/node'
import { migrate } from '../src/database/migrate.ts'
import { databaseUrl, execute } from './database.ts'

/** One PostgreSQL for a run: the embedded one or, for a try of another version, the one that TEST_DATABASE_URL names. */
export default async function setup(project: TestProject) {
  const template = `test_${randomUUID().slice(-12)}`
  const { TEST_DATABASE_URL } = process.env
  const { url, end } = TEST_DATABASE_URL ? borrow(TEST_DATABASE_URL, template) : await startTemporary()
  await execute(url, `CREATE DATABASE ${template}`)
  await migrate({ url: databaseUrl(url, template) })
  project.provide('postgres', { url, template })
  return end
}

async function startTemporary() {
  const folder = await mkdtemp(join(tmpdir(), 'keys-test-'))
  // As root, PostgreSQL runs as another user, who must get to its files.
  await chmod(folder, 0o755)
  const { url, stop } = await startEmbedded({ folder, log: console.error })
  const end = async () => {
    await stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { url, end }
}

/** Leaves nothing of the run behind: all its databases have names that begin alike. */
function borrow(url: string, prefix: string) {
  const end = async () => {
    const mine = await execute(url, 'SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [prefix])
    for (const { datname } of mine) await execute(url, `DROP DATABASE ${datname} WITH (FORCE)`)
  }
  return { url, end }
}
