import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { isAway, isTransient } from '../database/faults.ts'
import type { Context } from './context.ts'

const ATTEMPTS = 4

type Answering = Pick<Context, 'headers' | 'authorization'>
type Result = { ok: true } | { ok: false; error: TRPCError }

/** Each error leaves as a sentence for people; what PostgreSQL asks to do again is done again. */
export async function answerInSentences<Answer extends Result>(next: () => Promise<Answer>, answering: Answering) {
  let result = await next()
  for (let attempt = 1; !result.ok && isTransient(result.error) && attempt < ATTEMPTS; attempt++) result = await next()
  if (result.ok) return result
  throw sayError(result.error, answering)
}

/** The error as a sentence; the headers that go with it are put beside it. */
export function sayError(cause: TRPCError, { headers, authorization }: Answering): TRPCError {
  const error = asSentence(cause)
  if (error.code === 'SERVICE_UNAVAILABLE') headers['retry-after'] = '5'
  if (error.code === 'UNAUTHORIZED') headers['www-authenticate'] = challenge(authorization, error.message)
  return error
}

function asSentence(error: TRPCError): TRPCError {
  if (isAway(error)) {
    const message = 'The database does not answer at the moment. Try again in a few seconds.'
    return new TRPCError({ code: 'SERVICE_UNAVAILABLE', message, cause: error.cause })
  }
  if (error.code === 'BAD_REQUEST' && error.cause instanceof z.ZodError) {
    return new TRPCError({ code: 'BAD_REQUEST', message: sentenceOf(error.cause) })
  }
  if (error.code === 'INTERNAL_SERVER_ERROR') {
    const message = 'Something went wrong here, and it is not your fault. Tell the operator the request id.'
    return new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message, cause: error.cause })
  }
  return error
}

const sentenceOf = ({ issues }: z.ZodError) =>
  issues.map(({ path, message }) => `${path.length > 0 ? path.join('.') : 'The input'}: ${message}.`).join(' ')

const REALM = 'Bearer realm="Project Keys"'

/** RFC 6750, section 3: an error is named only where a credential was shown, in letters that a header may hold. */
const challenge = (authorization: string | undefined, message: string) =>
  authorization ? `${REALM}, error="invalid_token", error_description="${message.replace(/[^ !#-[\]-~]/g, '')}"` : REALM
