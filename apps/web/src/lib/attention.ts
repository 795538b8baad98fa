import type { Inputs } from './api-types.ts'

export type Attention = NonNullable<Inputs['overview']['keys']['attention']>

/** Why a key may need attention, in the order of the cards. */
export const attentions = [
  'expiring',
  'never_used',
  'idle',
  'never_expires',
  'maker_gone',
  'outside_policy',
] as const satisfies Attention[]

/** Null if it is none of them. */
export const readAttention = (text: string | null): Attention | null =>
  attentions.find((attention) => attention === text) ?? null
