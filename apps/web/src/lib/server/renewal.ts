import type { Moment } from '#lib/days.ts'
import { type Choice, choiceOf, endOf } from '#lib/expiry.ts'

export const USUAL_RENEWAL: Choice = '90'
/** The latest end that a key can have: some 136 years from now, as if it had been created with the longest lifetime. */
const LONGEST = 4_294_967_295_000 // ms

/** The choice in a form that renews, and the end that this means; undefined if the date is missing or past. */
export function renewalIn(form: FormData, moment: Moment) {
  const typed = {
    expiry: choiceOf(String(form.get('expiry') ?? '')) ?? USUAL_RENEWAL,
    date: String(form.get('date') ?? ''),
  }
  const end = endOf(typed, moment)
  const latest = end === null ? new Date(moment.now + LONGEST).toISOString() : end
  return { typed, expiration: latest && `${latest.slice(0, 19)}Z` }
}
