import { bearerToken } from '@project-keys/verify'
import { z } from 'zod'
import { signInLink, signUpLink } from '../callers/links.ts'
import { Email, Name, NewEmail, Path, Slug, Time, Token } from '../fields/fields.ts'
import { StoredEmail, StoredName, StoredSlug } from '../fields/stored.ts'
import { acceptInvitation, findInvitation } from '../invitations/invitations.ts'
import { addressChangedMail, addressRestoredMail, signInMail } from '../mails/mails.ts'
import { slugOf } from '../slugs/slug.ts'
import { found } from '../trpc/answers.ts'
import { refusal } from '../trpc/errors.ts'
import { limit } from '../trpc/limit.ts'
import { publicProcedure, router, sessionProcedure, userProcedure } from '../trpc/procedures.ts'
import { findRestoring, hasAccount, restoreAddress } from '../users/address.ts'
import { User } from '../users/router.ts'
import { findByEmail, nameOfAddress, signOutEverywhere, signUp } from '../users/users.ts'
import { changedMail, deadLink, isInvited, readInvite, readRestore, refuseLink, restoring } from './mailed-links.ts'
import { confirm, endSession, join, readLink } from './sign-in.ts'

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
        email: NewEmail,
        slug: Slug.nullish(),
        i_agree: z.literal(true, 'must be true: agree to the terms of the operator'),
        invite: Token.nullish().meta({ description: 'An invitation. It is needed where sign-up is closed.' }),
      }),
    )
    .meta({
      refusals: ['sign_up_closed', 'rate_limited'],
      status: 202,
      openapi: {
        method: 'POST',
        path: '/v0/auth/signup',
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
        throw refusal('sign_up_closed', 'Sign-up is closed here: ask a member for an invitation.')
      }
      await signUp(ctx.db, { email, now: ctx.now })
      const { name, slug } = input
      const url = signUpLink({ ...ctx, email, signUp: { name, slug: slug ?? slugOf(name) } })
      ctx.send((await changedMail(ctx, email)) ?? signInMail({ to: email, url }))
      return { email }
    }),

  login: publicProcedure
    .input(
      z.object({
        email: Email,
        invite: Token.nullish(),
        path: Path.nullish().meta({ description: 'The page of the console that the link leads to.' }),
      }),
    )
    .meta({
      refusals: ['rate_limited'],
      status: 202,
      openapi: {
        method: 'POST',
        path: '/v0/auth/login',
        tags,
        protect: false,
        summary: 'Ask for a link to sign in',
        description: `Mails it if the address has an account. ${SAME_ANSWER}`,
      },
    })
    .output(Ack)
    .mutation(async ({ ctx, input }) => {
      limit(ctx, 'sign_in', ctx.address)
      const { email, path } = input
      limit(ctx, 'recipients', email)
      // The link is signed for an unknown address, too, so that the response time does not reveal whether it is known.
      const link = signInMail({ to: email, url: signInLink({ ...ctx, email, path }) })
      const [changed, user] = await Promise.all([changedMail(ctx, email), findByEmail(ctx.db, email)])
      if (changed ?? user) ctx.send(changed ?? link)
      return { email }
    }),

  confirm: publicProcedure
    .input(z.object({ token: Token }))
    .meta({
      refusals: ['invalid_link', 'rate_limited'],
      openapi: {
        method: 'POST',
        path: '/v0/auth/confirm',
        tags,
        protect: false,
        summary: 'Sign in by a link',
        description: 'Takes the token of a sign-in link, once, and gives a session that lasts 30 days.',
      },
    })
    .output(Session)
    .mutation(async ({ ctx, input }) => {
      const confirmed = await confirm(ctx, input.token)
      if (!confirmed) throw deadLink(ctx)
      const { moved, ...session } = confirmed
      if (moved) ctx.send(addressChangedMail(restoring(ctx, moved)))
      return session
    }),

  accept: sessionProcedure
    .input(z.object({ invite: Token }))
    .meta({
      refusals: ['invalid_invitation', 'invitation_of_other_address', 'invitation_not_found'],
      status: 202,
      openapi: {
        method: 'POST',
        path: '/v0/auth/accept',
        tags,
        summary: 'Accept an invitation',
        description: 'Requires a session, and the token of an invitation to your own address.',
      },
    })
    .output(Ack)
    .mutation(async ({ ctx, input }) => {
      const link = readInvite(ctx, input.invite)
      const { email } = link.claims
      if (email !== ctx.user.email)
        throw refusal('invitation_of_other_address', 'This invitation is for another address: sign in with that one.')
      found(await acceptInvitation(ctx.db, link, { user: ctx.user.uuid, now: ctx.now }), gone)
      return { email }
    }),

  /** Whether people without an invitation may sign up. */
  signUpState: publicProcedure
    .output(z.object({ sign_up: z.enum(['open', 'closed']) }))
    .query(({ ctx }) => ({ sign_up: ctx.signUp })),

  /** Tells whom a link would sign in and which page it leads to, without using it up. It is a mutation, so that no URL holds the token. */
  inspectLink: publicProcedure
    .input(z.object({ token: Token }))
    .output(z.object({ email: StoredEmail, name: StoredName, path: z.string().nullable() }))
    .mutation(async ({ ctx, input }) => {
      const person = await readLink(ctx, input.token)
      if (!person) throw deadLink(ctx)
      return person
    }),

  /** Tells what an invitation is to, and whether its address has an account. A mutation for the same reason. */
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
        inviter: StoredName,
      }),
    )
    .mutation(async ({ ctx, input }) => {
      const link = readInvite(ctx, input.invite)
      const { email } = link.claims
      const { place_name, ...invitation } = found(await findInvitation(ctx.db, link, ctx.now), gone)
      return { ...invitation, email, place: place_name, known: await hasAccount(ctx.db, email) }
    }),

  /** Accepts an invitation, creates the account and signs in. People who have an account sign in first. */
  join: publicProcedure
    .input(z.object({ invite: Token, name: Name.nullish() }))
    .output(Session)
    .mutation(async ({ ctx, input }) => {
      const link = readInvite(ctx, input.invite)
      const joined = await join(ctx, { link, name: input.name ?? nameOfAddress(link.claims.email) })
      if (!('refused' in joined)) return joined
      found(joined.refused !== 'is gone', gone)
      throw refusal('account_exists', 'This address has an account: sign in first, and then accept the invitation.')
    }),

  /** Ends the session of this call. */
  signOut: userProcedure.output(z.object({})).mutation(async ({ ctx }) => {
    const token = bearerToken(ctx.authorization)
    const claims = token && ctx.tokens.read(token, ['client', 'api_key'], ctx.now)
    if (token && claims) await endSession(ctx.db, token, { ...claims, user: ctx.user.uuid })
    return {}
  }),

  /** Ends all sessions and mailed links of the user, this session too. API tokens go on. */
  signOutEverywhere: sessionProcedure.output(z.object({})).mutation(async ({ ctx }) => {
    await signOutEverywhere(ctx.db, ctx.user.uuid, ctx.now)
    return {}
  }),

  /** Tells which account a link would give its former address back, without doing it. */
  inspectRestore: publicProcedure
    .input(z.object({ token: Token }))
    .output(z.object({ email: StoredEmail, name: StoredName, current: StoredEmail }))
    .mutation(async ({ ctx, input }) => {
      const link = readRestore(ctx, input.token)
      return { ...((await findRestoring(ctx.db, link)) ?? refuseLink(ctx)), email: link.email }
    }),

  /** Gives an account its former address back, by the link that was mailed there. */
  restoreAddress: publicProcedure
    .input(z.object({ token: Token }))
    .output(z.object({ email: StoredEmail }))
    .mutation(async ({ ctx, input }) => {
      const link = readRestore(ctx, input.token)
      const { email } = link
      const { until } = (await restoreAddress(ctx.db, link)) ?? refuseLink(ctx)
      const url = `${ctx.consoleUrl}/auth/signin`
      ctx.send(addressRestoredMail({ to: until, url, address: email }))
      return { email }
    }),
})
