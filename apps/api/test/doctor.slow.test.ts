import { execute, freshDatabase } from '@project-keys/keys/test'
import { findEmbedded } from '@project-keys/postgres'
import { expect, test } from 'vitest'
import { answering, DOCTOR, MAIN, newPlace, outcome, run } from './process.ts'
import { startSmtp } from './smtp.ts'

const WELL = { code: 0, said: 'The kept totals of all projects are correct.' }
const USAGE = 'Usage: pnpm run doctor [--fix | --mail ADDRESS]'
const DIFFERENT = 'Project example: the kept totals are 3+1 (active+revoked keys), but a count finds 0+0.'

const doctor = (env: Record<string, string>, ...options: string[]) => outcome(run(DOCTOR, env, [], options))

const spoilTotals = (url: string) =>
  execute(url, 'INSERT INTO project_key_totals (project, slot, active, revoked) SELECT uuid, 0, 3, 1 FROM projects')

test('finds totals that differ from a count, and mends them with --fix, while the service runs', async () => {
  const { folder, env } = await newPlace()
  await answering(run(MAIN, env))
  expect(await doctor(env)).toEqual(WELL)

  await spoilTotals((await findEmbedded(folder)) ?? '')
  const found = await doctor(env)
  expect(found.code).toBe(1)
  expect(found.said.split('\n')).toEqual([
    DIFFERENT,
    'Lists show wrong totals, but no key is affected. Run `pnpm run doctor --fix` to correct them.',
  ])

  const mended = await doctor(env, '--fix')
  expect(mended.code).toBe(0)
  expect(mended.said.split('\n').toSorted()).toEqual([DIFFERENT, 'The totals are corrected.'])
  expect(await doctor(env)).toEqual(WELL)
  expect(await doctor(env, '--fix')).toEqual(WELL)
})

test('examines the database that DATABASE_URL names', async () => {
  const { env } = await newPlace()
  const { url } = await freshDatabase()
  const SECRET_KEY = 'a secret of the tests, which nobody else may know'
  expect(await doctor({ ...env, DATABASE_URL: url, SECRET_KEY })).toEqual(WELL)
})

test('says so when there is nothing to examine yet, or nothing that it knows to do', async () => {
  const { env } = await newPlace()
  expect(await doctor(env)).toEqual({ code: 1, said: 'There is no database yet: start Project Keys once.' })
  expect(await doctor(env, '--mend')).toEqual({ code: 1, said: USAGE })
})

test('sends a test mail with --mail, says what the server answered, and ends with 1 unless it was accepted', async () => {
  const { url, letters } = await startSmtp((line) => (/^RCPT.*bob/.test(line) ? '550 5.1.1 No such user' : null))
  const env = { PATH: process.env.PATH ?? '', SMTP_URL: url, MAIL_FROM: 'Keys <keys@example.com>' }
  const { SMTP_URL: _, ...unset } = env
  const outcomes = await Promise.all([
    doctor(env, '--mail', 'ada@example.com'),
    doctor(env, '--mail', 'bob@example.com'),
    doctor(env, '--mail', 'ada'),
    doctor(env, '--mail'),
    doctor(unset, '--mail', 'ada@example.com'),
  ])
  expect(outcomes).toEqual([
    { code: 0, said: 'The mail server accepted the mail to ada@example.com: 250 ok' },
    { code: 1, said: expect.stringContaining('The mail server refused the mail: 550 5.1.1 No such user\n') },
    { code: 1, said: 'ada must be an e-mail address, such as ada@example.com.' },
    { code: 1, said: USAGE },
    { code: 1, said: expect.stringContaining('set SMTP_URL, such as smtps://user:password@host, and MAIL_FROM') },
  ])
  expect(letters.map(({ to }) => to)).toEqual([['<ada@example.com>']])
})
