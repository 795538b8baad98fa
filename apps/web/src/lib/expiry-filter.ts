import { DAY } from './times.ts'

/** By when keys expire: at any time, in this month, within 30 days, or before now. */
export const expiries = ['', 'month', 'soon', 'over'] as const
export type Expiry = (typeof expiries)[number]

export const isExpiry = (text: string): text is Expiry => expiries.some((one) => one === text)

/** From when on, and before when, such keys expire; months are UTC's. */
export function spanOf(expiry: Expiry, now: number): { expires_from?: string; expires_before?: string } {
  const at = (time: number) => new Date(time).toISOString()
  const [year, month] = [new Date(now).getUTCFullYear(), new Date(now).getUTCMonth()]
  switch (expiry) {
    case 'month':
      return { expires_from: at(Date.UTC(year, month)), expires_before: at(Date.UTC(year, month + 1)) }
    case 'soon':
      return { expires_from: at(now), expires_before: at(now + 30 * DAY) }
    case 'over':
      return { expires_before: at(now) }
    default:
      return {}
  }
}
