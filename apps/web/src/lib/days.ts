import { DAY } from './times.ts'

/** A time in ms, and the reader's time zone. */
export type Moment = { now: number; zone: string }

/** The day at that moment, as date fields write it (`2026-11-25`), which is the Swedish format. */
export const dayOf = ({ now, zone }: Moment): string => daysIn(zone).format(now)

/**
 * When a day begins in a time zone, in ms: at midnight, or later where the clocks skip midnight. The day is given as its
 * midnight in UTC, and in every zone it begins less than a day from that.
 */
export function startOfDay(day: number, zone: string): number {
  const days = daysIn(zone)
  let [before, begun] = [day - DAY, day + DAY]
  while (begun - before > 1) {
    const middle = Math.floor((before + begun) / 2)
    if (Date.parse(days.format(middle)) < day) before = middle
    else begun = middle
  }
  return begun
}

const daysIn = (timeZone: string) => new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeZone })
