import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GENESIS, hashLine, linkAfter } from '../audit/chain.ts'
import { readPublicKey, signerFrom } from '../audit/signing.ts'
import { readHead } from './heads.ts'
import { eventLines, headLine, startLine } from './lines.ts'
import { splitLines } from './split.ts'
import { verifyExport } from './verify.ts'

const CHAIN = '01992c3e-a4f2-7c19-b5d8-61e3970c8b2f'
const signer = signerFrom(randomBytes(32))
const publicKeyOf = (of: typeof signer) => {
  const key = readPublicKey(of.publicKey)
  if (!key) throw new Error('Not a key.')
  return key
}
const keys = [publicKeyOf(signer)]

type Sealed = { number: number; line: string | null; hash: Buffer; before: Buffer; link: Buffer }

/** A chain of so many events. The content of those in `dropped` is gone. */
function chainOf(count: number, { dropped = [], name = 'a' }: { dropped?: number[]; name?: string } = {}): Sealed[] {
  const events: Sealed[] = []
  let before: Buffer = GENESIS
  for (let number = 1; number <= count; number++) {
    const line = JSON.stringify({
      number,
      chain: CHAIN,
      action: 'project_key.rename',
      target: { name: `${name}${number}` },
    })
    const hash = hashLine(line)
    const link = linkAfter(before, hash)
    events.push({ number, line: dropped.includes(number) ? null : line, hash, before, link })
    before = link
  }
  return events
}

function headOf(events: Sealed[], by = signer) {
  const last = events.at(-1)
  const link = (last?.link ?? GENESIS).toString('hex')
  const head = { chain: CHAIN, number: last?.number ?? 0, link, time: '2026-05-01T12:00:00Z', key: by.key }
  const text = JSON.stringify(head)
  return { key: by.key, text, signature: by.sign(text) }
}

/** The lines of an export, without their ends: line 1 starts it, event n is in line 2n, its links in line 2n + 1. */
const exportOf = (events: Sealed[], head = headOf(events)) =>
  [startLine(CHAIN), ...events.map((each) => eventLines(each, each.before)), headLine(head)].join('').trim().split('\n')

async function* chunksOf(lines: string[]) {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  for (let n = 0; n < bytes.length; n += 100) yield bytes.subarray(n, n + 100)
}
const verify = (lines: string[], options: Partial<Parameters<typeof verifyExport>[1]> = {}) =>
  verifyExport(splitLines(chunksOf(lines)), { keys, ...options })
const textsOf = async (lines: string[], options = {}) => (await verify(lines, options)).faults.map(({ text }) => text)

const COUNT = 12
const events = chainOf(COUNT, { dropped: [4, 5] })
const whole = exportOf(events)
const row = (number: number) => whole.slice(2 * number - 1, 2 * number + 1)
const head = whole.slice(-1)
const rowsFrom = (first: number, last: number) => whole.slice(2 * first - 1, 2 * last + 1)
const start = whole.slice(0, 1)
const eventNumber = fc.integer({ min: 1, max: COUNT })

test('an export is unbroken, and so is an empty one, and one with dropped contents', async () => {
  const verdict = await verify(whole)
  expect(verdict).toMatchObject({ events: COUNT, dropped: 2, faults: [], notes: [], head: { number: COUNT } })
  expect(await textsOf(exportOf([]))).toEqual([])
})

test('an event whose line was changed is named alone', () =>
  fc.assert(
    fc.asyncProperty(eventNumber, fc.nat(), fc.string({ minLength: 1, maxLength: 3 }), async (number, at, text) => {
      const [line = '', links = ''] = row(number)
      const place = at % line.length
      const changed = line.slice(0, place) + text.replaceAll('\n', '') + line.slice(place + 1)
      fc.pre(changed !== line)
      const lines = [...start, ...rowsFrom(1, number - 1), changed, links, ...rowsFrom(number + 1, COUNT), ...head]
      expect((await verify(lines)).faults).toEqual([{ line: 2 * number, text: `event ${number} was changed` }])
    }),
    { numRuns: 200 },
  ))

test('an event that was removed is named alone', () =>
  fc.assert(
    fc.asyncProperty(eventNumber, eventNumber, async (a, b) => {
      const [first, last] = [Math.min(a, b), Math.max(a, b)]
      const lines = [...start, ...rowsFrom(1, first - 1), ...rowsFrom(last + 1, COUNT), ...head]
      const text = first === last ? `event ${first} is missing` : `events ${first} to ${last} are missing`
      expect(await textsOf(lines)).toEqual([text])
    }),
    { numRuns: 50 },
  ))

test('an event that was added is named by its line alone', () =>
  fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: COUNT }), eventNumber, fc.boolean(), async (after, number, isCopy) => {
      const [forged] = chainOf(1, { name: 'forged' })
      const added =
        isCopy || !forged
          ? row(number)
          : eventLines({ ...forged, number }, forged.before)
              .trim()
              .split('\n')
      const lines = [...start, ...rowsFrom(1, after), ...added, ...rowsFrom(after + 1, COUNT), ...head]
      const faults = (await verify(lines)).faults
      expect(faults).toHaveLength(1)
      expect(faults[0]?.text).toBe(`a line was added that says it is event ${isCopy ? number : 1}`)
      if (!isCopy) expect(faults[0]?.line).toBe(2 * after + 2)
    }),
    { numRuns: 100 },
  ))

test('events that changed places are named', () =>
  fc.assert(
    fc.asyncProperty(eventNumber, eventNumber, fc.boolean(), async (a, b, isWhole) => {
      fc.pre(a < b)
      const lines = [...whole]
      const places = isWhole ? [0, 1] : [0]
      for (const n of places)
        [lines[2 * a - 1 + n], lines[2 * b - 1 + n]] = [whole[2 * b - 1 + n] ?? '', whole[2 * a - 1 + n] ?? '']
      const moved = (await textsOf(lines)).sort()
      const both = [`event ${a} is in the wrong place`, `event ${b} is in the wrong place`].sort()
      expect(moved).toEqual(both)
    }),
    { numRuns: 100 },
  ))

test('any line that is changed, removed, repeated or swapped with any other one is found', () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom('change', 'remove', 'repeat', 'swap', 'cut', 'byte'),
      fc.nat({ max: whole.length - 1 }),
      fc.nat({ max: whole.length - 1 }),
      async (kind, at, other) => {
        const lines = [...whole]
        const line = whole[at] ?? ''
        if (kind === 'change') lines[at] = `${line} `
        if (kind === 'byte') lines[at] = line.replace(/[0-9a-f](?=[^0-9a-f]*$)/, (digit) => (digit === '0' ? '1' : '0'))
        if (kind === 'remove') lines.splice(at, 1)
        if (kind === 'repeat') lines.splice(other, 0, line)
        if (kind === 'swap') [lines[at], lines[other]] = [whole[other] ?? '', line]
        if (kind === 'cut') lines.splice(at)
        fc.pre(lines.join('\n') !== whole.join('\n'))
        expect(await textsOf(lines)).not.toEqual([])
      },
    ),
    { numRuns: 600 },
  ))

test('an event that was changed with its links is named, because the next one knows the link', async () => {
  const [, , third] = events
  const line = row(3)[0]?.replace('a3', 'b3') ?? ''
  const hash = hashLine(line)
  const before = third?.before ?? GENESIS
  const forged = eventLines({ number: 3, line, hash, link: linkAfter(before, hash) }, before)
    .trim()
    .split('\n')
  const lines = [...start, ...rowsFrom(1, 2), ...forged, ...rowsFrom(4, COUNT), ...head]
  expect(await textsOf(lines)).toEqual(['event 3 was changed with its links, and events before it may have been'])
})

test('a chain that was made anew does not fit its signed head', async () => {
  const lines = exportOf(chainOf(COUNT, { name: 'forged' }), headOf(events))
  expect(await textsOf(lines)).toEqual([`event ${COUNT}, or one before it, was changed with all links after it`])
})

test('a bad signature and an unknown key are told', async () => {
  const other = signerFrom(randomBytes(32))
  const forged = { ...headOf(events, other), key: signer.key }
  expect(await textsOf(exportOf(events, forged))).toEqual([`the signature is not that of the key ${signer.key}`])
  expect(await textsOf(exportOf(events, headOf(events, other)))).toEqual([
    `the key ${other.key} is unknown: the one given is ${signer.key}`,
  ])
})

test('an older head shows what was cut off at the end, and what was changed since, even by whoever can sign', async () => {
  const older = readHead(headOf(events), { line: 1, keys })
  const olderHeads = older ? [older] : []
  const cut = exportOf(events.slice(0, 9))
  expect(await textsOf(cut)).toEqual([])
  expect(await textsOf(cut, { olderHeads })).toEqual([
    'events 10 to 12 are missing, which the head of 2026-05-01T12:00:00Z covers',
  ])
  expect(await textsOf(exportOf(chainOf(20, { name: 'forged' })), { olderHeads })).toEqual([
    'event 12, or one before it, was changed after the head of 2026-05-01T12:00:00Z',
  ])
  expect(await textsOf(exportOf(chainOf(20)), { olderHeads })).toEqual([])
})
