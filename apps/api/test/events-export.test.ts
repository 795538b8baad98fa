import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { signerFrom } from '@project-keys/keys'
import { readHead, readLine, readPublicKey, splitLines, verifyExport } from '@project-keys/keys/audit'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { outcome, run, VERIFY_AUDIT } from './process.ts'
import { START, startService } from './service.ts'
import { workerAt } from './sweep.ts'
import { createKey, createProject, keyOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
const { pool } = service.db
let ada: Person
let project: Project
let key: { uuid: string }

const worker = (now = START, signer = service.signer, auditRetention?: number) =>
  workerAt({ ...service, signer, auditRetention }, now)
const seal = () => worker().maintenance.seal()

beforeAll(async () => {
  ada = await signUp(service, 'Ada')
  project = await createProject(service, ada)
  key = await createKey(service, ada, project, { name: 'one' })
  for (const name of ['two', 'three', 'four', 'five'])
    await service.send('PATCH', keyOf(project, key), { token: ada.token, body: { name } })
  await seal()
})

const Event = z.looseObject({ number: z.int(), action: z.string().optional() })
const at = (path: string) => `/v0/organizations/${project.organization}/events${path}`
const get = (path: string, token = ada.token) => service.send('GET', at(path), { token })
const eventsOf = async (query: string) => z.array(Event).parse((await get(`?${query}`)).body)

async function folderWith(files: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'events-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}
const auditKey = async () => (await service.send('GET', '/v0/server/audit-key')).text
/** The words of the command about an export. */
async function commanded(text: string) {
  const folder = await folderWith({ 'events.ndjson': text, 'key.json': await auditKey() })
  return outcome(run(VERIFY_AUDIT, {}, [], [join(folder, 'events.ndjson'), '--key', join(folder, 'key.json')]))
}

const publicKey = readPublicKey(service.signer.publicKey)
const keys = publicKey ? [publicKey] : []
/** The faults of an export, by the head that an older one ended with. */
async function verified(text: string, older?: string) {
  const last = readLine(Buffer.from(older === undefined ? '' : (linesOf(older).at(-1) ?? '')))
  const head = last.kind === 'head' ? readHead(last, { line: 1, keys }) : null
  const lines = splitLines(Readable.from([Buffer.from(text)]))
  const { faults, dropped } = await verifyExport(lines, { keys, olderHeads: head ? [head] : [] })
  return { dropped, faults: faults.map(({ text }) => text) }
}
const linesOf = (text: string) => text.trimEnd().split('\n')

describe('GET /v0/organizations/{organization}/events/export', () => {
  test('answers each line as it was sealed, which the command verifies with the public key alone', async () => {
    const { status, headers, text } = await get('/export')
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson'])
    expect(headers.get('content-disposition')).toBe('attachment; filename="events.ndjson"')
    const { rows } = await pool.query('SELECT line FROM audit_events WHERE chain = $1 ORDER BY number', [
      project.organization,
    ])
    const lines = linesOf(text)
    expect(lines.filter((_, n) => n % 2 === 1).slice(0, rows.length)).toEqual(rows.map(({ line }) => line))
    expect(await commanded(text)).toEqual({
      code: 0,
      said: `${rows.length} events, unbroken, head signed at ${START.toISOString().replace('.000', '')}.`,
    })
  })

  test('is an event itself', async () => {
    await get('/export')
    await seal()
    expect((await eventsOf('per_page=1'))[0]).toMatchObject({
      action: 'events.export',
      actor: { user: { uuid: ada.uuid } },
    })
  })

  test('shows a line that was changed, and with an older head what was cut off', async () => {
    const older = (await get('/export')).text
    const lines = linesOf(older)
    const changed = older.replace('"name":"four"', '"name":"fuor"')
    expect(await commanded(changed)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^Line \d+: event \d+ was changed\.\n/),
    })
    const count = (lines.length - 2) / 2
    await pool.query('CREATE TABLE cut AS SELECT * FROM audit_events WHERE chain = $1 AND number > $2', [
      project.organization,
      count - 2,
    ])
    await pool.query('DELETE FROM audit_events e USING cut WHERE e.chain = cut.chain AND e.number = cut.number')
    const { text: cut } = await get('/export')
    await pool.query('INSERT INTO audit_events SELECT * FROM cut')
    expect((await verified(cut)).faults).toEqual([])
    expect((await verified(cut, older)).faults).toEqual([
      expect.stringMatching(`^events ${count - 1} to ${count} are missing, which the head of`),
    ])
  })

  test('has more events than a page, and ends at a head although events are added', async () => {
    const chain = project.organization
    const input = encodeURIComponent(JSON.stringify({ organization: chain }))
    const { body } = await service.send('GET', `/trpc/events.export?input=${input}`, { token: ada.token })
    expect(body).toMatchObject({ result: { data: { next: null } } })
    const bad = encodeURIComponent(JSON.stringify({ organization: chain, after: 'x' }))
    expect((await service.send('GET', `/trpc/events.export?input=${bad}`, { token: ada.token })).status).toBe(400)
    const cursor = (number: number, last: number) => Buffer.from(JSON.stringify({ number, last })).toString('base64url')
    const next = encodeURIComponent(JSON.stringify({ organization: chain, after: cursor(2, 4) }))
    const page = await service.send('GET', `/trpc/events.export?input=${next}`, { token: ada.token })
    const text = z.object({ result: z.object({ data: z.object({ text: z.string() }) }) }).parse(page.body).result
      .data.text
    expect(linesOf(text).map((line) => JSON.parse(line).number ?? 'head')).toEqual([3, 3, 4, 4, 'head'])
  })
})

describe('the heads', () => {
  const Heads = z.array(z.object({ key: z.string(), number: z.coerce.number(), text: z.string() }))
  const headsOf = async () =>
    Heads.parse(
      (
        await pool.query('SELECT key, number, text FROM audit_heads WHERE chain = $1 ORDER BY made', [
          project.organization,
        ])
      ).rows,
    )
  const minutes = (count: number) => new Date(START.getTime() + count * 60_000)
  const change = async () => {
    await createKey(service, ada, project, { name: 'change' })
    await seal()
  }

  test('are signed when a chain changed, once a minute, and a new key first signs the last one of the old', async () => {
    await worker(START).maintenance.signHeads()
    const [first] = await headsOf()
    await change()
    await worker(new Date(START.getTime() + 59_000)).maintenance.signHeads()
    expect(await headsOf()).toEqual([first])
    await Promise.all([1, 2, 3].map(() => worker(minutes(1)).maintenance.signHeads()))
    const [second, ...none] = await headsOf()
    expect(second?.number).toBeGreaterThan(first?.number ?? 0)
    expect(none).toEqual([])
    expect(await worker(minutes(5)).maintenance.signHeads()).toEqual({ signed: 0, broken: [] })

    await change()
    const signer = signerFrom(randomBytes(32))
    await worker(minutes(6), signer).maintenance.signHeads()
    expect(await headsOf()).toEqual([second, { ...second, key: signer.key }])
    await worker(minutes(7), signer).maintenance.signHeads()
    expect((await headsOf())[1]?.number).toBe((second?.number ?? 0) + 1)
    await pool.query('DELETE FROM audit_heads WHERE key = $1', [signer.key])
  })

  test('do not cover a chain that was changed after its last head, which is told', async () => {
    await worker(minutes(20)).maintenance.signHeads()
    const [head] = await headsOf()
    await change()
    const set = `UPDATE audit_events SET link = $1 WHERE chain = $2 AND number = $3 RETURNING
      (SELECT link FROM audit_events e WHERE e.chain = $2 AND e.number = $3) AS link`
    const { rows } = await pool.query(set, [Buffer.alloc(32), project.organization, head?.number])
    expect(await worker(minutes(30)).maintenance.signHeads()).toMatchObject({ broken: [project.organization] })
    expect(await headsOf()).toEqual([head])
    await pool.query(set, [rows[0]?.link, project.organization, head?.number])
  })
})

describe('AUDIT_RETENTION', () => {
  test('drops the content of older events alone, and the chain can still be verified', async () => {
    await pool.query(`UPDATE audit_events SET at = at - interval '40 days' WHERE chain = $1 AND number <= 3`, [
      project.organization,
    ])
    await worker(new Date()).maintenance.sweep()
    expect((await get('/export')).text).not.toContain('"dropped"')
    await worker(new Date(), service.signer, 30).maintenance.sweep()
    const events = await eventsOf('per_page=255')
    expect(events.filter(({ dropped }) => dropped)).toEqual(
      [3, 2, 1].map((number) => ({
        number,
        chain: project.organization,
        dropped: true,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      })),
    )
    const { text } = await get('/export')
    expect(await verified(text)).toEqual({ dropped: 3, faults: [] })
  })
})

test('the command says what it needs', async () => {
  const file = join(await folderWith({ file: 'x\n' }), 'file')
  const said = async (...args: string[]) => (await outcome(run(VERIFY_AUDIT, {}, [], args))).said
  const [noKey, badKey] = await Promise.all([said(file), said(file, '--key', 'x')])
  expect(noKey).toMatch(/^--key must be given\.\nUsage: /)
  expect(badKey).toMatch(/^--key must be a public key of Ed25519/)
})
