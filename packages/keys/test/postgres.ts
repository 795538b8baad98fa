import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../src/database/embedded.ts'
import { migrate } from '../src/database/migrate.ts'
import { databaseUrl, execute } from './database.ts'

/** One PostgreSQL for a run: the embedded one or, for a try of another version, the one that TEST_DATABASE_URL names. */
export default async function setup(project: TestProject) {
  const { TEST_DATABASE_URL } = process.env
  const server = TEST_DATABASE_URL ? { url: TEST_DATABASE_URL, stop: async () => {} } : await startTemporary()
  const template = `template_${randomUUID().replaceAll('-', '')}`
  await execute(server.url, `CREATE DATABASE ${template}`)
  await migrate({ url: databaseUrl(server.url, template) })
  project.provide('postgres', { url: server.url, template })
  return async () => {
    await execute(server.url, `DROP DATABASE ${template} WITH (FORCE)`)
    await server.stop()
  }
}

async function startTemporary() {
  const folder = await mkdtemp(join(tmpdir(), 'keys-test-'))
  // As root, PostgreSQL runs as another user, who must get to its files.
  await chmod(folder, 0o755)
  const { url, stop } = await startEmbedded({ folder, log: console.error })
  return {
    url,
    stop: async () => {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
