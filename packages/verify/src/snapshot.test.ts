import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contains, readSnapshot, type Snapshot } from './snapshot.ts'

function snapshotOf(text: string): Snapshot {
  const snapshot = readSnapshot(text)
  if (!snapshot) throw new Error('The snapshot must tell what ran.')
  return snapshot
}

test('a snapshot is read from its text, with ids of any size', () => {
  expect(readSnapshot('727:727:')).toEqual({ text: '727:727:', xmax: 727n, running: [] })
  expect(readSnapshot('727:18446744073709551615:727,730')).toMatchObject({
    xmax: 18446744073709551615n,
    running: [727n, 730n],
  })
})

test('a snapshot that does not tell what ran is none', () => {
  expect(readSnapshot('727:730:')).toBeNull()
  expect(readSnapshot('727:730:728')).toBeNull()
})

test.each(['', '727:730', '7a:7b:', '727:730:728,x', ' 1:1:'])('what is no snapshot is an error: %j', (text) => {
  expect(() => readSnapshot(text)).toThrow('must return a snapshot')
})

test('a snapshot contains another if every transaction that was over for that one is over for it, too', () => {
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 6 })
  const snapshot = fc.record({ xmax: fc.integer({ min: 1, max: 12 }), running: ids }).map(({ xmax, running }) => {
    const list = running.filter((id) => id < xmax).sort((a, b) => a - b)
    return snapshotOf(`${list[0] ?? xmax}:${xmax}:${list}`)
  })
  const isOver = (id: bigint, { xmax, running }: Snapshot) => id < xmax && !running.includes(id)
  const all = Array.from({ length: 12 }, (_, n) => BigInt(n + 1))
  fc.assert(
    fc.property(snapshot, snapshot, (b, a) => {
      // An xmax that only running transactions lie below tells nothing that the other one does not.
      const expected = b.xmax >= a.xmax && all.every((id) => !isOver(id, a) || isOver(id, b))
      expect(contains(b, a)).toBe(expected)
    }),
  )
})
