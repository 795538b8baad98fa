import { DAY } from './times.ts'

export const choices = ['7', '30', '90', '365', 'date', 'never'] as const
export type Choice = (typeof choices)[number]

export const isChoice = (text: string): text is Choice => choices.some((choice) => choice === text)

/** When a key would end that is made now: a time, null for never, undefined where no date is given or it is past. */
export function endOf(choice: Choice, date: string, now: number): string | null | undefined {
  if (choice === 'never') return null
  const end = choice === 'date' ? Date.parse(`${date}T23:59:59Z`) : now + Number(choice) * DAY
  return end > now ? new Date(end).toISOString() : undefined
}

/** The seconds from now until then, as the API wants them. */
export const ttlUntil = (end: string, now: number): number => Math.max(1, Math.round((Date.parse(end) - now) / 1000))

/** A day as a date field writes it. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)
