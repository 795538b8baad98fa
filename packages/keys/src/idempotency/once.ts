import { createHash, randomBytes } from 'node:crypto'
import type { ErrorCode } from '@project-keys/verify'
import { generateKey, hashKey } from '@project-keys/verify/key'
import { deriveLetters } from '../key/derive.ts'
import { found } from '../trpc/answers.ts'
import type { Context } from '../trpc/context.ts'
import { refusal } from '../trpc/errors.ts'
import { readIdempotencyKey } from './header.ts'
import { holdCall, isSame, type Remembered, recall, remember } from './remembered.ts'

/** The refusals of an endpoint that takes an `Idempotency-Key`. */
export const ONCE_REFUSALS: ErrorCode[] = ['request_under_way', 'answer_lost', 'idempotency_key_reused']

/** `by`: the UUID of the user, or of the key that acts for itself. `fields`: those of the body, as they were understood. */
type Given = { by: string; fields: object }
type Work<Ctx, Answer> = (ctx: Ctx, letters?: string) => Promise<Answer>

/**
 * Does the work once for each `Idempotency-Key` of a REST request, and gives its answer again for a day. The work runs
 * with this context, in one transaction with what is remembered, and makes its key of these letters. Without the header
 * it is simply done. Call it when the caller's rights are known, because a repeat needs them, too.
 * @throws invalid_input, request_under_way, answer_lost, idempotency_key_reused
 */
export async function once<Ctx extends Context, Answer extends { key: string }>(
  ctx: Ctx,
  { by, fields }: Given,
  work: Work<Ctx, Answer>,
): Promise<Answer> {
  const header = ctx.endpoint && ctx.requestHeaders?.['idempotency-key']
  if (header === undefined) return work(ctx)
  const parts = [by, ...addressOf(ctx), found(readIdempotencyKey(String(header)), malformed)]
  const [call, body] = [digest('call', parts), digest('body', fields)]
  return ctx.db.transaction(ctx.verifier, async (db) => {
    if (!(await holdCall(db, call))) throw underWay(ctx)
    const known = await recall<Answer>(db, { call, now: ctx.now })
    // Not by `call`, so that the database and SECRET_KEY alone do not tell the keys of a day.
    const info = digest('key', parts)
    if (known) return repeated(ctx, known, { body, info })
    const salt = new Uint8Array(randomBytes(32))
    const { id: secret, text } = ctx.secrets.current
    const letters = deriveLetters(text, { salt, info })
    const answer = await work({ ...ctx, db }, letters)
    const hash = new Uint8Array(hashKey(answer.key))
    await remember(db, { call, body, salt, hash, secret, answer: { ...answer, key: null }, now: ctx.now })
    return answer
  })
}

type Repeat = { body: Uint8Array; info: Uint8Array }

function repeated<Answer>(
  { secrets, keyPrefix }: Context,
  { body, salt, hash, secret, answer }: Remembered<Answer>,
  now: Repeat,
): Answer {
  if (!isSame(body, now.body)) throw reused()
  const opened = secrets.open(secret, ({ text }) => {
    const key = generateKey(keyPrefix, 'run', deriveLetters(text, { salt, info: now.info }))
    return isSame(hash, hashKey(key)) ? key : null
  })
  if (!opened) throw lost()
  secrets.count('idempotent_answer', opened.by)
  return { ...answer, key: opened.value }
}

/** The method and the path as called: a project's slug and its UUID are two addresses. */
const addressOf = ({ endpoint, params }: Context): string[] => [
  endpoint?.method ?? '',
  (endpoint?.path ?? '').replace(/\{(\w+)\}/g, (_, name: string) => params?.[name] ?? ''),
]

/** A hash of a value, whatever the order of its fields. */
const digest = (of: string, value: object): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    createHash('sha256')
      .update(JSON.stringify([of, value], inOrder))
      .digest(),
  )

const inOrder = (_name: string, value: unknown): unknown =>
  value && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value

const malformed = () =>
  refusal('invalid_input', 'Idempotency-Key: must be 1 to 255 visible ASCII characters, given once.')

function underWay({ headers }: Context) {
  headers['retry-after'] = '1'
  return refusal('request_under_way', 'A request with this Idempotency-Key is under way: try again in a second.')
}

const reused = () =>
  refusal(
    'idempotency_key_reused',
    'This Idempotency-Key came with another body before: send a new one, or the same body.',
  )

const lost = () =>
  refusal(
    'answer_lost',
    'This request was done, but its key can’t be told again, because SECRET_KEY or KEY_PREFIX was changed since: rotate or revoke the key, and send a new Idempotency-Key.',
  )
