import type { Inputs } from './api-types.ts'
import { dayOf, type Moment, startOfDay } from './days.ts'
import { DAY } from './times.ts'

/** When active keys expire: at any time, this month, or within 30 days. */
export const expiries = ['', 'month', 'soon'] as const
export type Expiry = (typeof expiries)[number]

export const isExpiry = (text: string): text is Expiry => expiries.some((expiry) => expiry === text)

type Span = Pick<Inputs['projectKeys']['page'], 'expires_from' | 'expires_before'>

/** The span in which such keys expire. Each begins now, and a month ends in the reader's time zone. */
export function spanOf(expiry: Expiry, moment: Moment): Span {
  const { now, zone } = moment
  const at = (time: number) => new Date(time).toISOString()
  switch (expiry) {
    case 'month': {
      const [year = 0, month = 0] = dayOf(moment).split('-').map(Number)
      return { expires_from: at(now), expires_before: at(startOfDay(Date.UTC(year, month), zone)) }
    }
    case 'soon':
      return { expires_from: at(now), expires_before: at(now + 30 * DAY) }
    default:
      return {}
  }
}
