import { dayOf, type Moment, startOfDay } from './days.ts'
import { DAY } from './times.ts'

/** By when keys expire: at any time, in this month, within 30 days, or before now. */
export const expiries = ['', 'month', 'soon', 'over'] as const
export type Expiry = (typeof expiries)[number]

export const isExpiry = (text: string): text is Expiry => expiries.some((one) => one === text)

/** From when on, and before when, such keys expire; a month is that of the reader's zone. */
export function spanOf(expiry: Expiry, moment: Moment): { expires_from?: string; expires_before?: string } {
  const { now, zone } = moment
  const at = (time: number) => new Date(time).toISOString()
  switch (expiry) {
    case 'month': {
      const [year = 0, month = 0] = dayOf(moment).split('-').map(Number)
      const from = startOfDay(Date.UTC(year, month - 1), zone)
      return { expires_from: at(from), expires_before: at(startOfDay(Date.UTC(year, month), zone)) }
    }
    case 'soon':
      return { expires_from: at(now), expires_before: at(now + 30 * DAY) }
    case 'over':
      return { expires_before: at(now) }
    default:
      return {}
  }
}
