import { execute, freshDatabase } from '@project-keys/keys/test'
import { expect, onTestFinished, test } from 'vitest'
import { smallFile } from './bencher-file.ts'
import { IMPORT_BENCHER, newPlace, run } from './process.ts'
import { SECRET } from './service.ts'

test('an import that is killed in the middle leaves nothing behind', async () => {
  const file = smallFile()
  file.db.exec('BEGIN')
  for (let n = 0; n < 45_000; n++) file.addKey(file.project.id)
  file.db.exec('COMMIT')
  file.close()
  const { db, url } = await freshDatabase()
  onTestFinished(() => db.close())
  const { env } = await newPlace()
  const importing = run(IMPORT_BENCHER, { ...env, DATABASE_URL: url, SECRET_KEY: SECRET }, [], [file.path])
  await expect.poll(() => importing.said(), { timeout: 60_000 }).toContain('Wrote 20000 of 45001 project keys.')
  importing.child.kill('SIGKILL')
  await importing.ended
  expect(await execute(url, 'SELECT uuid FROM users UNION ALL SELECT uuid FROM project_keys')).toEqual([])
})
