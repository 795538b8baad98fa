import type { Writer } from '../database/client.ts'

const KEPT = 24 * 60 * 60 * 1000 // ms

/** Answers from before this time are forgotten. */
export const rememberedSince = (now: Date): Date => new Date(now.getTime() - KEPT)

/** An answer without its key, and what the key is derived from: `secret` is the id of one, null if it is not known. */
export type Remembered<Answer> = {
  body: Uint8Array
  salt: Uint8Array
  hash: Uint8Array
  secret: string | null
  answer: Answer
}
type Call = { call: Uint8Array; now: Date }

/**
 * Holds a call until the end of the transaction, so that a crash frees it. False if another transaction holds it. A
 * statement of its own, because what that one wrote is visible only to the next.
 */
export async function holdCall({ prisma }: Writer, call: Uint8Array): Promise<boolean> {
  const lock = Buffer.from(call).readBigInt64BE()
  const [row] = await prisma.$queryRaw<{ mine: boolean }[]>`SELECT pg_try_advisory_xact_lock(${lock}) AS mine`
  return row?.mine === true
}

/** The answer to a call; null if it is new, or was more than a day ago. */
export async function recall<Answer>({ prisma }: Writer, { call, now }: Call): Promise<Remembered<Answer> | null> {
  const [row] = await prisma.$queryRaw<
    Remembered<Answer>[]
  >`SELECT body, salt, hash, secret, answer FROM remembered_answers
    WHERE call = ${call} AND made > ${rememberedSince(now)}`
  return row ?? null
}

/** Remembers an answer, in place of one that is too old. */
export async function remember(
  { prisma }: Writer,
  { call, now, body, salt, hash, secret, answer }: Call & Remembered<object>,
): Promise<void> {
  await prisma.$executeRaw`INSERT INTO remembered_answers (call, body, salt, hash, secret, answer, made)
    VALUES (${call}, ${body}, ${salt}, ${hash}, ${secret}, ${JSON.stringify(answer)}::json, ${now})
    ON CONFLICT (call) DO UPDATE SET (body, salt, hash, secret, answer, made)
      = (excluded.body, excluded.salt, excluded.hash, excluded.secret, excluded.answer, excluded.made)`
}

export const isSame = (one: Uint8Array, other: Uint8Array): boolean => Buffer.from(one).equals(other)
