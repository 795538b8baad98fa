import { execute } from '@project-keys/keys/test'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startService } from './service.ts'
import { createProject, type Project, signUp } from './world.ts'

const service = await startService()
let project: Project
let token = ''

beforeEach(async () => {
  const ada = await signUp(service)
  token = ada.token
  project = await createProject(service, ada)
})
afterEach(() => execute(service.databaseUrl, 'DROP SEQUENCE failures CASCADE; DROP FUNCTION fail CASCADE'))

/** Lets PostgreSQL give up the first updates of a project. A sequence counts them, because no rollback sets it back. */
const failFirst = (times: number, code: string) =>
  execute(
    service.databaseUrl,
    `CREATE SEQUENCE failures;
     CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF nextval('failures') <= ${times} THEN RAISE EXCEPTION 'given up' USING ERRCODE = '${code}'; END IF;
       RETURN NEW;
     END $$;
     CREATE TRIGGER fail BEFORE UPDATE ON projects FOR EACH ROW EXECUTE FUNCTION fail()`,
  )
const rename = () => service.send('PATCH', `/v0/projects/${project.uuid}`, { token, body: { name: 'Renamed' } })
const nameNow = async () => (await service.send('GET', `/v0/projects/${project.uuid}`, { token })).body

describe.each([
  ['a deadlock', '40P01'],
  ['a serialization failure', '40001'],
])('a request that PostgreSQL gives up after %s', (_, code) => {
  test('is tried up to four times, and the caller notices nothing', async () => {
    await failFirst(3, code)
    expect(await rename()).toMatchObject({ status: 200, body: { name: 'Renamed' } })
  })

  test('is a 500 after the fourth time, and changes nothing', async () => {
    await failFirst(4, code)
    expect(await rename()).toMatchObject({ status: 500, body: { error_code: 'internal_error' } })
    expect(await nameNow()).not.toMatchObject({ name: 'Renamed' })
  })
})
