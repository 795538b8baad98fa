import { z } from 'zod'
import { newAddressLink, signInLink } from '../callers/links.ts'
import { Email, Name, NewEmail, page, Slug } from '../fields/fields.ts'
import { StoredEmail, UserName, UserSlug, UserUuid } from '../fields/stored.ts'
import { newAddressMail, signInMail } from '../mails/mails.ts'
import { SERVER_ADMINS } from '../permissions/who.ts'
import { requireAdmin } from '../trpc/admin.ts'
import { counted, slugTaken, unlessTaken } from '../trpc/answers.ts'
import { refusal } from '../trpc/errors.ts'
import { limit } from '../trpc/limit.ts'
import { router, type UserContext, userProcedure } from '../trpc/procedures.ts'
import { requireRecentSession, sessionEnded } from '../trpc/session.ts'
import { personProcedure } from './person.ts'
import { findByEmail, listUsers, updateUser } from './users.ts'

const tags = ['users']
const lastAdmin = () =>
  refusal('last_admin', 'The server must keep at least one admin who is not locked: make another user an admin first.')

export const User = z
  .object({
    uuid: UserUuid,
    name: UserName,
    slug: UserSlug,
    email: StoredEmail,
    admin: z.boolean(),
    locked: z.boolean(),
    expiration_mails: z.literal(false).optional().meta({
      description: 'false: the user gets no mails before keys end. Absent while they get them.',
    }),
  })
  .meta({ id: 'User' })

export const usersRouter = router({
  /** The signed-in user, for the console. */
  me: userProcedure.output(User).query(({ ctx }) => shownUser({ ...ctx.user, locked: false })),

  list: userProcedure
    .input(z.object(page))
    .meta({
      who: SERVER_ADMINS,
      refusals: ['admin_only'],
      openapi: { method: 'GET', path: '/v0/users', tags, summary: 'List users', description: 'For server admins.' },
    })
    .output(z.array(User))
    .query(async ({ ctx, input }) => {
      requireAdmin(ctx)
      return counted(ctx, await listUsers(ctx.db, input)).map(shownUser)
    }),

  /** A page of the list in the console. */
  page: userProcedure
    .input(z.object(page))
    .meta({ who: SERVER_ADMINS, refusals: ['admin_only'] })
    .output(z.object({ users: z.array(User), total: z.int() }))
    .query(async ({ ctx, input }) => {
      requireAdmin(ctx)
      const { items, total } = await listUsers(ctx.db, input)
      return { users: items.map(shownUser), total }
    }),

  view: personProcedure({})
    .meta({
      openapi: {
        method: 'GET',
        path: '/v0/users/{user}',
        tags,
        summary: 'View a user',
        description: 'Your own account. A server admin can view every user.',
      },
    })
    .output(User)
    .query(({ ctx }) => shownUser(ctx.person)),

  update: personProcedure({
    name: Name.nullish(),
    slug: Slug.nullish(),
    email: Email.nullish(),
    admin: z.boolean('must be true or false').nullish(),
    locked: z.boolean('must be true or false').nullish(),
    expiration_mails: z.boolean('must be true or false').nullish(),
  })
    .meta({
      refusals: ['admin_only', 'session_required', 'recent_sign_in_required', 'slug_taken', 'last_admin'],
      openapi: {
        method: 'PATCH',
        path: '/v0/users/{user}',
        tags,
        summary: 'Update a user',
        description:
          'Your own account. A server admin can update every user, and only a server admin can set `admin` and `locked`. A change of `email` or `admin` requires a session that was signed in within the last hour. A new address takes effect when its mailed link is used; we then mail the old address a link that restores it, for 7 days. Locking ends the sessions, links, API tokens and invitations of the user for good. `expiration_mails` decides whether the user gets mails before keys end.',
      },
    })
    .output(User)
    .mutation(async ({ ctx, input: { email, ...changes } }) => {
      const { admin, locked } = changes
      if (!ctx.user.admin && (typeof admin === 'boolean' || typeof locked === 'boolean')) {
        throw refusal('admin_only', 'Only a server admin may set `admin` or `locked`.')
      }
      const address = email && email !== ctx.person.email ? email : undefined
      if (typeof admin === 'boolean') requireRecentSession(ctx)
      const newEmail = address
        ? { address, session: { user: ctx.user.uuid, signedIn: requireRecentSession(ctx) } }
        : undefined
      if (address) {
        requireDeliverable(address)
        limit(ctx, 'mails', ctx.user.uuid)
        limit(ctx, 'recipients', address)
      }
      const updated = await unlessTaken(slugTaken, () =>
        updateUser(ctx.db, ctx.person.uuid, { ...changes, newEmail, now: ctx.now }),
      )
      if ('refused' in updated) throw updated.refused === 'session ended' ? sessionEnded() : lastAdmin()
      if (address) await askByMail(ctx, address)
      return shownUser(updated)
    }),
})

/** A user as before, unless they get no mails. */
export const shownUser = <Person extends { expiration_mails: boolean }>({ expiration_mails, ...person }: Person) =>
  expiration_mails ? person : { ...person, expiration_mails: false as const }

/** An account may keep an address that a new one may not have. */
function requireDeliverable(address: string) {
  const { error } = NewEmail.safeParse(address)
  if (error) throw refusal('invalid_input', `email: ${error.issues.map(({ message }) => message).join(', ')}.`)
}

type About = { person: { uuid: string; email: string } }

/** If the address has an account, its owner gets a sign-in link, so that the caller does not learn about the account. */
async function askByMail({ db, person, ...ctx }: UserContext & About, email: string) {
  const known = await findByEmail(db, email)
  const url = known ? signInLink({ ...ctx, email }) : newAddressLink({ ...ctx, email, person: person.uuid })
  ctx.send(known ? signInMail({ to: email, url }) : newAddressMail({ to: email, url, from: person.email }))
}
