import { bearerToken } from '@project-keys/verify'
import type { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { signInLink } from '../callers/links.ts'
import type { InvitationClaims } from '../callers/token.ts'
import { Email, Name, Slug, Time, Token } from '../fields/fields.ts'
import { StoredEmail, StoredName, StoredSlug } from '../fields/stored.ts'
import { acceptInvitation, findInvitation } from '../invitations/invitations.ts'
import { signInMail } from '../mails/mails.ts'
import { found } from '../trpc/answers.ts'
import type { Context } from '../trpc/context.ts'
import { refusal } from '../trpc/errors.ts'
import { limit } from '../trpc/limit.ts'
import { publicProcedure, router, userProcedure } from '../trpc/procedures.ts'
import { User } from '../users/router.ts'
import { findByEmail, joinByMail, signUp } from '../users/users.ts'
import { beginSession, confirm, endSession, readLink } from './sign-in.ts'

const tags = ['auth']
const Ack = z.object({ email: StoredEmail }).meta({ id: 'AuthAck' })
const Session = z.object({ user: User, token: z.string(), creation: Time, expiration: Time }).meta({ id: 'AuthUser' })
const SAME_ANSWER = 'The answer is the same whether or not the address has an account.'
const gone = () => refusal('invitation_not_found', 'This invitation was withdrawn or accepted, or it has expired.')

export const authRouter = router({
  signUp: publicProcedure
    .input(
      z.object({
        name: Name,
        email: Email,
        slug: Slug.nullish(),
        i_agree: z.literal(true, 'must be true: agree to the terms of who runs this service'),
        invite: Token.nullish().meta({ description: 'An invitation, which opens a sign-up that is closed.' }),
      }),
    )
    .meta({
      status: 202,
      openapi: {
        method: 'POST',
        path: '/v0/auth/signup',
        errorResponses: [403, 429],
        tags,
        protect: false,
        summary: 'Sign up',
        description: `Mails a link that signs in. ${SAME_ANSWER}`,
      },
    })
    .output(Ack)
    .mutation(async ({ ctx, input }) => {
      limit(ctx, 'sign_in', ctx.address)
      const { email } = input
      limit(ctx, 'recipients', email)
      if (ctx.signUp === 'closed' && !(await isInvited(ctx, email, input.invite))) {
        throw refusal('sign_up_closed', 'Sign-up is closed here: ask somebody who is in for an invitation.')
      }
      await signUp(ctx.db, { ...input, now: ctx.now })
      ctx.send(signInMail({ to: email, url: signInLink({ ...ctx, email }) }))
      return { email }
    }),

  login: publicProcedure
    .input(z.object({ email: Email, invite: Token.nullish() }))
    .meta({
      status: 202,
      openapi: {
        method: 'POST',
        path: '/v0/auth/login',
        errorResponses: [429],
        tags,
        protect: false,
        summary: 'Ask for a link to sign in',
        description: `Mails it to who has an account. ${SAME_ANSWER}`,
      },
    })
    .output(Ack)
    .mutation(async ({ ctx, input }) => {
      limit(ctx, 'sign_in', ctx.address)
      const { email } = input
      limit(ctx, 'recipients', email)
      // Signed for nobody as well: how long it takes must not tell.
      const mail = signInMail({ to: email, url: signInLink({ ...ctx, email }) })
      if (await findByEmail(ctx.db, email)) ctx.send(mail)
      return { email }
    }),

  confirm: publicProcedure
    .input(z.object({ token: Token }))
    .meta({
      openapi: {
        method: 'POST',
        path: '/v0/auth/confirm',
        errorResponses: [401, 429],
        tags,
        protect: false,
        summary: 'Sign in by a link',
        description: 'Takes the token of a sign-in link, once, and gives a session that lasts 30 days.',
      },
    })
    .output(Session)
    .mutation(async ({ ctx, input }) => {
      const session = await confirm(ctx, input.token)
      if (!session) throw deadLink(ctx)
      return session
    }),

  accept: userProcedure
    .input(z.object({ invite: Token }))
    .meta({
      status: 202,
      openapi: {
        method: 'POST',
        path: '/v0/auth/accept',
        tags,
        summary: 'Accept an invitation',
        description: 'Takes the token of an invitation to your own address.',
      },
    })
    .output(Ack)
    .mutation(async ({ ctx, input }) => {
      const claims = readInvite(ctx, input.invite)
      if (claims.email !== ctx.user.email)
        throw refusal('invitation_of_other_address', 'This invitation is for another address than yours.')
      found(await acceptInvitation(ctx.db, claims, { user: ctx.user.uuid, now: ctx.now }), gone)
      return { email: claims.email }
    }),

  /** Whether somebody without an invitation may sign up. */
  signUpState: publicProcedure
    .output(z.object({ sign_up: z.enum(['open', 'closed']) }))
    .query(({ ctx }) => ({ sign_up: ctx.signUp })),

  /** Whom a link would sign in, without using it up. A mutation, so that the token is in no URL. */
  inspectLink: publicProcedure
    .input(z.object({ token: Token }))
    .output(z.object({ email: StoredEmail, name: StoredName }))
    .mutation(async ({ ctx, input }) => {
      const person = await readLink(ctx, input.token)
      if (!person) throw deadLink(ctx)
      return person
    }),

  /** What an invitation is to, and whether its address has an account. A mutation, as above. */
  inspectInvitation: publicProcedure
    .input(z.object({ invite: Token }))
    .output(
      z.object({
        email: StoredEmail,
        known: z.boolean(),
        kind: z.enum(['organization', 'project']),
        place: StoredName,
        slug: StoredSlug,
        role: z.string(),
        inviter: StoredName.nullable(),
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const claims = readInvite(ctx, input.invite)
      const { place_name, ...invitation } = found(await findInvitation(ctx.db, claims, ctx.now), gone)
      const known = (await findByEmail(ctx.db, claims.email)) !== null
      return { ...invitation, email: claims.email, place: place_name, known }
    }),

  /**
   * Accepts an invitation and signs in: that it came by mail proves the address, as a sign-in link does, unless somebody
   * else has the address by now.
   */
  join: publicProcedure
    .input(z.object({ invite: Token, name: Name.nullish() }))
    .output(Session)
    .mutation(async ({ ctx, input }) => {
      const claims = readInvite(ctx, input.invite)
      found(await findInvitation(ctx.db, claims, ctx.now), gone)
      const joining = { email: claims.email, name: input.name, invited: claims.issued, now: ctx.now }
      const user = await joinByMail(ctx.db, joining)
      if (!user)
        throw refusal(
          'account_newer_than_invitation',
          'This address has an account that is younger than the invitation: sign in first.',
        )
      if (user.locked) throw refusal('account_locked', 'This account is locked.')
      found(await acceptInvitation(ctx.db, claims, { user: user.uuid, now: ctx.now }), gone)
      return beginSession(ctx, user)
    }),

  /** Ends the session that the call itself is made with. */
  signOut: userProcedure.output(z.object({})).mutation(async ({ ctx }) => {
    const token = bearerToken(ctx.authorization)
    const claims = token && ctx.tokens.read(token, ['client', 'api_key'], ctx.now)
    if (token && claims) await endSession(ctx.db, token, claims)
    return {}
  }),
})

/** A guess like any other. */
function deadLink(ctx: Context): TRPCError {
  limit(ctx, 'authentication', ctx.address)
  const message = 'This sign-in link was used before, or it has expired: get a new one.'
  return refusal('invalid_link', message)
}

function readInvite(ctx: Context, token: string): InvitationClaims {
  const claims = ctx.tokens.read(token, ['invite'], ctx.now)
  if (claims?.place) return { ...claims, place: claims.place }
  limit(ctx, 'authentication', ctx.address)
  throw refusal('invalid_invitation', 'This is no invitation, or it has expired.')
}

async function isInvited(ctx: Context, email: string, invite: string | null | undefined): Promise<boolean> {
  const claims = invite ? ctx.tokens.read(invite, ['invite'], ctx.now) : null
  if (!claims?.place || claims.email !== email) return false
  return (await findInvitation(ctx.db, { ...claims, place: claims.place }, ctx.now)) !== null
}
