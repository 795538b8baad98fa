import { createHash, randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { onTestFinished } from 'vitest'

/** The tables of Bencher v0.6.12 that an import reads, with the columns that they have there. */
const TABLES = `
  CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP);
  CREATE TABLE user (id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, name TEXT, slug TEXT UNIQUE, email TEXT UNIQUE,
    admin BOOLEAN, locked BOOLEAN, created BIGINT, modified BIGINT);
  CREATE TABLE organization (id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, name TEXT, slug TEXT UNIQUE, license TEXT,
    created BIGINT, modified BIGINT, deleted BIGINT);
  CREATE TABLE organization_role (id INTEGER PRIMARY KEY, user_id INTEGER, organization_id INTEGER, role TEXT,
    created BIGINT, modified BIGINT);
  CREATE TABLE project (id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, organization_id INTEGER, name TEXT, slug TEXT UNIQUE,
    url TEXT, visibility INTEGER, created BIGINT, modified BIGINT, deleted BIGINT);
  CREATE TABLE project_role (id INTEGER PRIMARY KEY, user_id INTEGER, project_id INTEGER, role TEXT, created BIGINT,
    modified BIGINT);
  CREATE TABLE project_key (id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, project_id INTEGER, creator_id INTEGER, name TEXT,
    key_hash TEXT, creation BIGINT, expiration BIGINT, revoked BIGINT);
  CREATE TABLE user_key (id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, user_id INTEGER, name TEXT, key_hash TEXT,
    creation BIGINT, expiration BIGINT, revoked BIGINT);
  CREATE TABLE token (id INTEGER PRIMARY KEY, uuid TEXT UNIQUE, user_id INTEGER, name TEXT, jwt TEXT, creation BIGINT,
    expiration BIGINT, revoked BIGINT);`

const DAY = 24 * 60 * 60
/** In seconds since 1970: 2026-04-01 and 2163. */
export const CREATED = Date.parse('2026-04-01T00:00:00Z') / 1000
const LATER = 6_090_781_923

type Value = string | number | null
type Columns = Record<string, Value>

/** A file as a Bencher server leaves it behind, until the test ends. `ids` count from 1. */
export function bencherFile() {
  const folder = mkdtempSync(join(tmpdir(), 'bencher-file-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'bencher.db')
  const db = new DatabaseSync(path)
  db.exec(TABLES)
  db.exec("INSERT INTO __diesel_schema_migrations (version) VALUES ('20260718120000')")

  const add = (table: string, columns: Columns) => {
    const names = Object.keys(columns)
    const marks = names.map(() => '?').join(', ')
    const text = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`
    const { lastInsertRowid } = db.prepare(text).run(...Object.values(columns))
    return { id: Number(lastInsertRowid), uuid: String(columns.uuid) }
  }
  const made = { created: CREATED, modified: CREATED }
  const thing = (name: string) => ({ uuid: randomUUID(), name, slug: `${name}-${randomUUID()}`, ...made })
  const secret = (kind: string) => `bencher_${kind}_${randomUUID().replaceAll('-', '').slice(0, 30)}`
  const hashOf = (key: string) => createHash('sha256').update(key).digest('hex')
  const times = { creation: CREATED, expiration: LATER, revoked: null }

  return {
    path,
    db,
    close: () => db.close(),
    addUser: (columns: Columns = {}) => {
      const email = `${randomUUID()}@example.com`
      return { email, ...add('user', { ...thing('ada'), email, admin: 0, locked: 0, ...columns }) }
    },
    addOrganization: (columns: Columns = {}) => add('organization', { ...thing('acme'), deleted: null, ...columns }),
    addProject: (organization_id: number, columns: Columns = {}) => {
      const project = { ...thing('example'), organization_id, visibility: 0, ...columns }
      return { ...add('project', project), slug: String(project.slug) }
    },
    addLeader: (user_id: number, organization_id: number, role = 'leader') =>
      add('organization_role', { user_id, organization_id, role, ...made }),
    addMember: (user_id: number, project_id: number, role = 'maintainer') =>
      add('project_role', { user_id, project_id, role, ...made }),
    addKey: (project_id: number, columns: Columns = {}) => {
      const key = secret('run')
      const row = { uuid: randomUUID(), project_id, creator_id: null, name: 'ci', key_hash: hashOf(key), ...times }
      return { key, ...add('project_key', { ...row, ...columns }) }
    },
    addUserKey: (user_id: number, columns: Columns = {}) => {
      const key = secret('user')
      return {
        key,
        ...add('user_key', { uuid: randomUUID(), user_id, name: 'cli', key_hash: hashOf(key), ...times, ...columns }),
      }
    },
    addToken: (user_id: number, jwt: string, revoked: number | null) =>
      add('token', {
        uuid: randomUUID(),
        user_id,
        name: 'old',
        jwt,
        creation: CREATED,
        expiration: CREATED + 900 * DAY,
        revoked,
      }),
  }
}

/** A file with one of each: an organization with its leader, a project with its maintainer, and their keys. */
export function smallFile() {
  const file = bencherFile()
  const [ada, grace] = [file.addUser({ admin: 1 }), file.addUser()]
  const organization = file.addOrganization()
  file.addLeader(ada.id, organization.id)
  const project = file.addProject(organization.id)
  file.addMember(grace.id, project.id)
  const key = file.addKey(project.id, { creator_id: grace.id })
  const userKey = file.addUserKey(ada.id)
  return { ...file, ada, grace, organization, project, key, userKey }
}
