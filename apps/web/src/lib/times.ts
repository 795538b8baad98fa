import { words } from './words/en.ts'

const MINUTE = 60_000 // ms
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
const MONTH = 30.44 * DAY
const YEAR = 365.25 * DAY

/** The first unit that fits is used: 99 days, then 3 months. */
const steps = [
  { unit: 'second', span: 1_000, most: 59 },
  { unit: 'minute', span: MINUTE, most: 59 },
  { unit: 'hour', span: HOUR, most: 23 },
  { unit: 'day', span: DAY, most: 99 },
  { unit: 'month', span: MONTH, most: 23 },
  { unit: 'year', span: YEAR, most: Number.POSITIVE_INFINITY },
] as const

const inWords = new Intl.RelativeTimeFormat(words.locale, { numeric: 'auto' })

/** `in 81 days`, `2 hours ago`; `now` is the server's time in milliseconds. */
export function relative(time: string, now: number): string {
  const distance = Date.parse(time) - now
  const step = steps.find(({ span, most }) => Math.abs(Math.round(distance / span)) <= most)
  return step ? inWords.format(Math.round(distance / step.span), step.unit) : exact(time, 'UTC')
}

/** `22 February 2027 at 14:05`; UTC is named, because it may not be the reader's own zone. */
export function exact(time: string, timeZone: string): string {
  const text = format(time, { dateStyle: 'long', timeStyle: 'short', timeZone })
  return timeZone === 'UTC' ? `${text} UTC` : text
}

/** `Monday, 22 February 2027 at 14:05 (13:05 UTC)`. */
export function inFull(time: string, timeZone: string): string {
  const text = format(time, { dateStyle: 'full', timeStyle: 'short', timeZone })
  return timeZone === 'UTC' ? `${text} UTC` : `${text} (${format(time, { timeStyle: 'short', timeZone: 'UTC' })} UTC)`
}

/** `November`: the current month in that zone. */
export const monthOf = (now: number, timeZone: string): string =>
  format(new Date(now).toISOString(), { month: 'long', timeZone })

/** `26 Oct`, for a day such as 2026-10-26. */
export const dayAndMonth = (day: string): string =>
  format(`${day}T00:00:00Z`, { day: 'numeric', month: 'short', timeZone: 'UTC' })

/** `Thursday, 26 November 2026`, for a day such as 2026-11-26. */
export const fullDay = (day: string): string => format(`${day}T00:00:00Z`, { dateStyle: 'full', timeZone: 'UTC' })

/** `40 seconds`, `57 minutes`: rounded up, so that waiting that long is enough. */
export function duration(seconds: number): string {
  const [count, unit] = seconds < 100 ? [Math.ceil(seconds), 'second'] : [Math.ceil(seconds / 60), 'minute']
  return new Intl.NumberFormat(words.locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count)
}

export const number = (count: number): string => count.toLocaleString(words.locale)

/** A number of results, such as `1,000+` if there are more. */
export const atLeast = (count: number, more = false): string => words.pages.atLeast(number(count), more)

function format(time: string, options: Intl.DateTimeFormatOptions) {
  return new Intl.DateTimeFormat(words.locale, options).format(new Date(time))
}
