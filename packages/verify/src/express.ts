import type { RequestHandler } from 'express'
import { admit, bodyOf } from './refusal.ts'
import type { Verifier } from './verifier.ts'

/** A middleware for routes that need a key; `response.locals.projectKey` is the one that the request showed. */
export const requireKey =
  (verifier: Verifier, { project }: { project?: string } = {}): RequestHandler =>
  async (request, response, next) => {
    const guarded = { verifier, credential: request.headers.authorization }
    const admitted = await admit(guarded, { project, address: request.ip })
    if ('status' in admitted) {
      response.status(admitted.status).set(admitted.headers).json(bodyOf(admitted))
      return
    }
    response.locals.projectKey = admitted
    next()
  }
