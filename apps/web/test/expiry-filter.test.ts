import { expect, test } from 'vitest'
import { endOf } from '#lib/expiry.ts'
import { spanOf } from '#lib/expiry-filter.ts'

const monthOf = (now: string, zone: string) => spanOf('month', { now: Date.parse(now), zone })
const span = (from: string, before: string) => ({
  expires_from: new Date(from).toISOString(),
  expires_before: new Date(before).toISOString(),
})

test('what expires this month begins now and ends in the reader’s time zone, east and west of UTC', () => {
  const now = '2026-10-31T23:30:00Z'
  expect(monthOf(now, 'UTC')).toEqual(span(now, '2026-11-01T00:00:00Z'))
  expect(monthOf(now, 'Asia/Kolkata')).toEqual(span(now, '2026-12-01T00:00:00+05:30'))
  expect(monthOf(now, 'Pacific/Kiritimati')).toEqual(span(now, '2026-12-01T00:00:00+14:00'))
  expect(monthOf(now, 'Pacific/Pago_Pago')).toEqual(span(now, '2026-11-01T00:00:00-11:00'))
})

test('a month in which the clocks change ends at midnight', () => {
  const [spring, autumn] = ['2026-03-15T12:00:00Z', '2026-10-15T12:00:00Z']
  expect(monthOf(spring, 'Europe/Berlin')).toEqual(span(spring, '2026-04-01T00:00:00+02:00'))
  expect(monthOf(autumn, 'Europe/Berlin')).toEqual(span(autumn, '2026-11-01T00:00:00+01:00'))
  expect(monthOf('2026-11-01T05:00:00Z', 'America/New_York')).toEqual(
    span('2026-11-01T05:00:00Z', '2026-12-01T00:00:00-05:00'),
  )
})

test('December ends with the year', () => {
  const now = '2027-01-01T02:00:00Z'
  expect(monthOf(now, 'America/New_York')).toEqual(span(now, '2027-01-01T00:00:00-05:00'))
  expect(monthOf(now, 'UTC')).toEqual(span(now, '2027-02-01T00:00:00Z'))
})

const lastDay = (date: string, zone: string) =>
  endOf({ expiry: 'date', date }, { now: Date.parse('2026-01-01T00:00:00Z'), zone })

test('a key with a last day expires at the end of that day in the reader’s time zone', () => {
  expect(lastDay('2026-11-30', 'UTC')).toBe('2026-11-30T23:59:59.000Z')
  expect(lastDay('2026-11-30', 'Asia/Tokyo')).toBe('2026-11-30T14:59:59.000Z')
  expect(lastDay('2026-12-31', 'America/New_York')).toBe('2027-01-01T04:59:59.000Z')
})

test('a day may be an hour shorter, or begin after midnight', () => {
  expect(lastDay('2026-03-29', 'Europe/Berlin')).toBe('2026-03-29T21:59:59.000Z')
  // Chile’s clocks skip the hour after midnight: Saturday ends when Sunday begins.
  expect(lastDay('2026-09-05', 'America/Santiago')).toBe('2026-09-06T03:59:59.000Z')
})

test('a last day that is invalid or past is rejected', () => {
  for (const date of ['', 'soon', '2026-02-30T', '2025-12-31']) expect(lastDay(date, 'UTC'), date).toBeUndefined()
  expect(lastDay('2025-12-31', 'America/New_York')).toBe('2026-01-01T04:59:59.000Z')
})
