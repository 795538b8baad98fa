import { DAY } from './times.ts'

/** When something is asked, in ms, and in which time zone. */
export type Moment = { now: number; zone: string }

/** The day that it is then and there, as a date field writes it: `2026-11-25`, which is how Swedes do. */
export const dayOf = ({ now, zone }: Moment): string => daysIn(zone).format(now)

/**
 * The first moment of a day there, in ms: midnight, or a later time where clocks leap over midnight. The day is given as
 * its midnight in UTC, from which it is less than a day away.
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
