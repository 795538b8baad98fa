import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { choose } from './hosts.ts'
import { reasonOf } from './not-primary.ts'
import { nameOf } from './url.ts'

const at = (host: string) => ({ host, port: 5432 })
const primary = (host: string, system: string, timeline: number) =>
  ({ host: at(host), said: { replica: false, system, timeline } }) as const
const standby = (host: string, system: string) => ({ host: at(host), said: { replica: true, system } }) as const
const away = (host: string) => ({ host: at(host), error: new Error('timeout expired') })

test('of several hosts the primary is chosen, wherever it stands', () => {
  const system = randomUUID()
  expect(choose([away('one'), standby('two', system), primary('three', system, 1)], undefined)?.host.host).toBe('three')
  expect(choose([away('one'), standby('two', system)], undefined)).toBeNull()
})

test('of two primaries of one system the one with the higher timeline is chosen, and the other one never again', () => {
  const system = randomUUID()
  expect(choose([primary('old', system, 4), primary('new', system, 5)], undefined)?.host.host).toBe('new')
  expect(choose([primary('old', system, 4), away('new')], system)).toBeNull()
})

test('of two systems the one that was used before is chosen, whatever their timelines', () => {
  const [system, other] = [randomUUID(), randomUUID()]
  expect(choose([primary('other', other, 9), primary('same', system, 2)], system)?.host.host).toBe('same')
  expect(choose([primary('other', other, 9), away('same')], system)?.host.host).toBe('other')
})

test('each host says why it is not the primary', () => {
  const refused = { host: at('::1'), error: Object.assign(new Error('x'), { code: '28P01' }) }
  expect([standby('a', 'x'), primary('a', 'x', 1), away('a'), refused].map(reasonOf)).toEqual([
    'is a standby',
    'is an old primary',
    "can't be reached (no answer)",
    'refuses the user or password',
  ])
  expect(nameOf(refused.host)).toBe('[::1]:5432')
})
