import type { ErrorCode } from '@project-keys/verify'
import { refusal } from '../trpc/errors.ts'
import type { rotateKey } from './rotate.ts'

/** The refusals of a rotation. */
export const ROTATION_REFUSALS: ErrorCode[] = ['key_not_found', 'key_revoked', 'key_expired', 'rotation_open']

type Outcome = Awaited<ReturnType<typeof rotateKey>>
type Rotated = Exclude<Outcome, string>

export const noKey = () => refusal('key_not_found', 'The project has no such key.')
export const selfRotationOff = () =>
  refusal('self_rotation_off', 'This key may not rotate itself: ask who manages it to set `self_rotation`.')

/** The key with its new secret, or a refusal with what to do. */
export function rotatedOrRefused(outcome: Outcome): Rotated {
  switch (outcome) {
    case 'not found':
      throw noKey()
    case 'revoked':
      throw refusal('key_revoked', 'The key is revoked, so it can’t be rotated: create a new one.')
    case 'expired':
      throw refusal('key_expired', 'The key has expired, so it can’t be rotated: renew it first.')
    case 'not by itself':
      throw selfRotationOff()
    case 'open':
      throw refusal(
        'rotation_open',
        'A rotation of the key is open: its old secret must end first (DELETE …/rotation), or be dropped by a rotation with `replace: true`.',
      )
    case 'unused':
      throw refusal(
        'rotation_open',
        'A rotation of the key is open, and its new secret was not used yet: use it, or drop it by a rotation with `replace: true`.',
      )
    default:
      return outcome
  }
}
