import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { Email, Name, Slug, Time, Token } from '../fields.ts'
import { publicProcedure, router, userProcedure } from '../trpc.ts'
import { User } from '../users/router.ts'
import { signUp } from '../users/users.ts'
import { confirm, endSession, readLink, signInLink } from './auth.ts'
import { bearerToken } from './identify.ts'

const tags = ['auth']
const deadLink = () =>
  new TRPCError({
    code: 'UNAUTHORIZED',
    message: 'This sign-in link was used before, or it has expired: get a new one.',
  })

export const authRouter = router({
  signUp: publicProcedure
    .meta({
      status: 202,
      openapi: {
        method: 'POST',
        path: '/v0/auth/signup',
        tags,
        protect: false,
        summary: 'Sign up',
        description: 'Sends a link that signs in. The answer is the same for an address that has an account already.',
      },
    })
    .input(
      z.object({
        name: Name,
        email: Email,
        slug: Slug.nullish(),
        i_agree: z.literal(true, 'must be true: agree to the terms of who runs this service'),
      }),
    )
    .output(z.object({ email: Email }).meta({ id: 'AuthAck' }))
    .mutation(async ({ ctx, input }) => {
      const email = input.email.toLowerCase()
      await signUp(ctx.db, { ...input, email, now: ctx.now })
      ctx.sendLink({ email, url: signInLink({ ...ctx, email }) })
      return { email }
    }),

  confirm: publicProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/v0/auth/confirm',
        tags,
        protect: false,
        summary: 'Sign in by a link',
        description: 'Takes the token of a sign-in link, once, and gives a session that lasts 30 days.',
      },
    })
    .input(z.object({ token: Token }))
    .output(z.object({ user: User, token: Token, creation: Time, expiration: Time }).meta({ id: 'AuthUser' }))
    .mutation(async ({ ctx, input }) => {
      const session = await confirm(ctx, input.token)
      if (!session) throw deadLink()
      return session
    }),

  /** Whom a link would sign in, without using it up. A mutation, so that the token is in no URL. */
  inspectLink: publicProcedure
    .input(z.object({ token: Token }))
    .output(z.object({ email: Email, name: Name }))
    .mutation(async ({ ctx, input }) => {
      const person = await readLink(ctx, input.token)
      if (!person) throw deadLink()
      return person
    }),

  /** Ends the session that the call itself is made with. */
  signOut: userProcedure.output(z.object({})).mutation(async ({ ctx }) => {
    const token = bearerToken(ctx.authorization)
    const claims = token && ctx.tokens.read(token, ['client', 'api_key'], ctx.now)
    if (token && claims) await endSession(ctx.db, token, claims)
    return {}
  }),
})
