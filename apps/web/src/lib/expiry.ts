import { type Moment, startOfDay } from './days.ts'
import { DAY, HOUR } from './times.ts'

export const choices = ['hour', '7', '30', '90', '365', 'date', 'never'] as const
export type Choice = (typeof choices)[number]

/** `date` counts only if the choice is a date. */
type Chosen = { expiry: Choice; date: string }

export const choiceOf = (text: string | null | undefined): Choice | undefined =>
  choices.find((choice) => choice === text)

/** When a key created now would expire: null for never, undefined if the date is missing or past. */
export function endOf({ expiry, date }: Chosen, { now, zone }: Moment): string | null | undefined {
  if (expiry === 'never') return null
  const end = expiry === 'date' ? endOfDay(date, zone) : now + spanOf(expiry)
  return end > now ? new Date(end).toISOString() : undefined
}

const spanOf = (expiry: Exclude<Choice, 'date' | 'never'>) => (expiry === 'hour' ? HOUR : Number(expiry) * DAY)

/** Years of more digits reach beyond the times that JavaScript knows. */
const DATE = /^\d{4}-\d{2}-\d{2}$/

/** The last second of a day in that zone; NaN if the date is not valid. */
const endOfDay = (date: string, zone: string) =>
  DATE.test(date) ? startOfDay(Date.parse(`${date}T00:00:00Z`) + DAY, zone) - 1_000 : Number.NaN

/** The seconds from now until then, as the API expects them. */
export const ttlUntil = (end: string, now: number): number => Math.max(1, Math.round((Date.parse(end) - now) / 1000))
