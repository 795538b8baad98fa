import type { TRPCError } from '@trpc/server'
import { restoreLink } from '../callers/links.ts'
import { findInvitation, type InvitationToken } from '../invitations/invitations.ts'
import { addressChangedMail, type Mail } from '../mails/mails.ts'
import type { Context } from '../trpc/context.ts'
import { refusal } from '../trpc/errors.ts'
import { limit } from '../trpc/limit.ts'
import { findRestorable, type Restorable } from '../users/address.ts'

/** Counts as a failed authentication, because the caller may be guessing links. */
export function deadLink(ctx: Context): TRPCError {
  limit(ctx, 'authentication', ctx.address)
  const message = 'This sign-in link was used before, or it has expired: get a new one.'
  return refusal('invalid_link', message)
}

export function refuseLink(ctx: Context): never {
  throw deadLink(ctx)
}

export function readRestore(ctx: Context, token: string) {
  const claims = ctx.tokens.read(token, ['restore'], ctx.now)
  const change = claims?.change
  if (!claims || !change) throw deadLink(ctx)
  return { email: claims.email, change, now: ctx.now }
}

export const restoring = (ctx: Context, { id, email, expiration }: Restorable) => ({
  to: email,
  url: restoreLink({ ...ctx, email, change: String(id), expiration }),
})

/** For people who use the former address of an account to sign in or up: a thief may have changed it. */
export async function changedMail(ctx: Context, email: string): Promise<Mail | null> {
  const change = await findRestorable(ctx.db, email, ctx.now)
  return change && addressChangedMail(restoring(ctx, change))
}

export function readInvite(ctx: Context, token: string): InvitationToken {
  const claims = ctx.tokens.read(token, ['invite'], ctx.now)
  if (claims?.place) return { token, claims: { ...claims, place: claims.place } }
  limit(ctx, 'authentication', ctx.address)
  throw refusal('invalid_invitation', 'The token is not an invitation, or it has expired: ask for a new one.')
}

export async function isInvited(ctx: Context, email: string, invite: string | null | undefined): Promise<boolean> {
  const claims = invite ? ctx.tokens.read(invite, ['invite'], ctx.now) : null
  if (!invite || !claims?.place || claims.email !== email) return false
  const link = { token: invite, claims: { ...claims, place: claims.place } }
  return (await findInvitation(ctx.db, link, ctx.now)) !== null
}
