import { beforeAll, describe, expect, test } from 'vitest'
import { expectRefusal } from './http.ts'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project
/** Names that a spreadsheet would run, or could take for the end of a cell or of a line. */
const NAMES = ['=1+1', '+1', '-1', '@SUM(1)', 'a,b', 'a"b', "o'clock", 'é\u{1f511}', 'a;=1+1', '＝1+1']

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  for (const name of NAMES) await createKey(service, ada, project, { name })
})

const get = (query: string, token = ada.token, place = project) =>
  service.send('GET', `${keysOf(place)}/export?${query}`, { token })
const linesOf = (text: string) => text.split('\n').filter((line) => line !== '')
const namesOf = async (query: string) =>
  linesOf((await get(`format=ndjson&${query}`)).text).map((line) => JSON.parse(line).name)

/** Reads CSV as RFC 4180 says. */
function cellsOf(text: string): string[][] {
  const rows = text.matchAll(/((?:"(?:[^"]|"")*",?)+)\r\n/g)
  return [...rows].map(([, row = '']) =>
    [...row.matchAll(/"((?:[^"]|"")*)"/g)].map(([, cell = '']) => cell.replaceAll('""', '"')),
  )
}

describe('GET /v0/projects/{project}/keys/export', () => {
  test('answers one JSON object a line, with what REST says of each key and its last letters and use', async () => {
    const body = { name: 'set', scopes: ['a:b'], external_id: 'acme-42', metadata: { team: 'x' } }
    const own = await createProject(service, ada)
    const { body: made } = await service.send('POST', keysOf(own), { token: ada.token, body })
    const { uuid, key } = Object.assign({ uuid: '', key: '' }, made)
    const { status, headers, text } = await get('format=ndjson', ada.token, own)
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson'])
    expect(headers.get('content-disposition')).toBe('attachment; filename="keys.ndjson"')
    const { body: view } = await service.send('GET', `${keysOf(own)}/${uuid}`, { token: ada.token })
    expect(JSON.parse(text)).toEqual({ ...Object(view), last_four: key.slice(-4), creator_name: 'Ada' })
    expect(text).not.toContain(key)
  })

  test('answers CSV in which no cell is a formula and each text can be read back', async () => {
    const { headers, text } = await get('format=csv')
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const [head = [], ...rows] = cellsOf(text)
    expect(head.slice(0, 3)).toEqual(['uuid', 'name', 'last_four'])
    expect(rows).toHaveLength(NAMES.length)
    const names = rows.map((row) => row[1] ?? '')
    for (const cell of rows.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r＝＋－＠]/)
    expect(names.map((name) => name.replace(/^'/, '')).sort()).toEqual([...NAMES].sort())
  })

  test('holds all that match and nothing else, whatever the page', async () => {
    const all = await namesOf('per_page=1&page=7&direction=desc')
    expect(all).toEqual([...all].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
    expect(all).toHaveLength(NAMES.length)
    const revoked = await createKey(service, ada, project, { name: 'gone' })
    await service.send('DELETE', keyOf(project, revoked), { token: ada.token })
    expect(await namesOf('revoked=true')).toEqual(['gone'])
    expect(await namesOf('search=1%2B1')).toEqual(['=1+1', 'a;=1+1', '＝1+1'])
    expect(await namesOf(`name=${encodeURIComponent('a"b')}`)).toEqual(['a"b'])
    expect(await namesOf('search=nothing')).toEqual([])
    expect((await get('format=csv&search=nothing')).text).toMatch(/^"uuid","name"[^\n]*\r\n$/)
  })

  test('refuses a format that is none, and a filter that is none of the list', async () => {
    expect((await get('')).headers.get('content-type')).toBe('text/csv; charset=utf-8')
    for (const query of [
      'format=xml',
      'format=csv&format=ndjson',
      'format=csv&revoked=maybe',
      'format=csv&state=all',
    ]) {
      const answer = await get(query)
      expect([query, answer.status]).toEqual([query, 400])
      expectRefusal(answer)
    }
  })
})
