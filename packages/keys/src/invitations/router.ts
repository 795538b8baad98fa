import { z } from 'zod'
import { Name, NewEmail, page, Time, Uuid } from '../fields/fields.ts'
import { StoredEmail, StoredUuid } from '../fields/stored.ts'
import { inviteMail } from '../mails/mails.ts'
import { LeaderRole, MemberRole } from '../members/router.ts'
import { counted, found } from '../trpc/answers.ts'
import { refusal } from '../trpc/errors.ts'
import { limit } from '../trpc/limit.ts'
import { organizationProcedure, projectProcedure, router, type UserContext } from '../trpc/procedures.ts'
import { withinQuota } from '../trpc/quota.ts'
import { inSession } from '../trpc/session.ts'
import {
  countInvitations,
  invitationLink,
  invite,
  listInvitations,
  type Place,
  withdrawInvitation,
} from './invitations.ts'

const tags = ['invitations']
const noInvitation = () => refusal('invitation_not_found', 'There is no such invitation: it was accepted or withdrawn.')

const Invited = z.object({ email: StoredEmail }).meta({ id: 'Invited' })
const Invitation = z
  .object({ uuid: StoredUuid, email: StoredEmail, role: z.string(), created: Time, expiration: Time })
  .meta({ id: 'Invitation' })
const invited = { email: NewEmail, name: Name.nullish().meta({ description: 'Ignored. Bencher takes it.' }) }
const by = 'Requires a session. The person becomes a member by accepting the mailed link within 7 days.'

export const organizationInvitationsRouter = router({
  create: organizationProcedure('create_role', { ...invited, role: LeaderRole })
    .meta({
      refusals: ['already_member', 'quota_exceeded'],
      status: 202,
      openapi: {
        method: 'POST',
        path: '/v0/organizations/{organization}/members',
        tags,
        summary: 'Invite a person to an organization',
        description: by,
      },
    })
    .output(Invited)
    .mutation(({ ctx, input }) => send(ctx, inOrganization(ctx), input)),

  list: organizationProcedure('view_role', page)
    .meta({
      openapi: {
        method: 'GET',
        path: '/v0/organizations/{organization}/invitations',
        tags,
        summary: 'List the invitations to an organization',
        description:
          'Sorted by address. An invitation is in the list until it is accepted or withdrawn, or has expired.',
      },
    })
    .output(z.array(Invitation))
    .query(async ({ ctx, input }) => counted(ctx, await listInvitations(ctx.db, inOrganization(ctx), input))),

  withdraw: organizationProcedure('delete_role', { invitation: Uuid })
    .meta({
      refusals: ['invitation_not_found'],
      status: 204,
      openapi: {
        method: 'DELETE',
        path: '/v0/organizations/{organization}/invitations/{invitation}',
        tags,
        summary: 'Withdraw an invitation to an organization',
        description: 'Its mailed link no longer works. Requires a session.',
      },
    })
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      found(await withdrawInvitation(ctx.db, inOrganization(ctx), input.invitation), noInvitation)
    }),
})

export const projectInvitationsRouter = router({
  create: projectProcedure('create_role', { ...invited, role: MemberRole })
    .meta({
      refusals: ['already_member', 'quota_exceeded'],
      status: 202,
      openapi: {
        method: 'POST',
        path: '/v0/projects/{project}/members',
        tags,
        summary: 'Invite a person to a project',
        description: by,
      },
    })
    .output(Invited)
    .mutation(({ ctx, input }) => send(ctx, inProject(ctx), input)),

  list: projectProcedure('view_role', page)
    .meta({
      openapi: {
        method: 'GET',
        path: '/v0/projects/{project}/invitations',
        tags,
        summary: 'List the invitations to a project',
        description:
          'Sorted by address. An invitation is in the list until it is accepted or withdrawn, or has expired.',
      },
    })
    .output(z.array(Invitation))
    .query(async ({ ctx, input }) => counted(ctx, await listInvitations(ctx.db, inProject(ctx), input))),

  withdraw: projectProcedure('delete_role', { invitation: Uuid })
    .meta({
      refusals: ['invitation_not_found'],
      status: 204,
      openapi: {
        method: 'DELETE',
        path: '/v0/projects/{project}/invitations/{invitation}',
        tags,
        summary: 'Withdraw an invitation to a project',
        description: 'Its mailed link no longer works. Requires a session.',
      },
    })
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      found(await withdrawInvitation(ctx.db, inProject(ctx), input.invitation), noInvitation)
    }),
})

type Named = { uuid: string; name: string }
const inOrganization = ({ organization: { uuid, name } }: { organization: Named }): Place => ({
  kind: 'organization',
  uuid,
  name,
})
const inProject = ({ project: { uuid, name } }: { project: Named }): Place => ({ kind: 'project', uuid, name })

async function send(ctx: UserContext, place: Place, { role, email }: { email: string; role: string }) {
  const { db, user, now } = ctx
  limit(ctx, 'mails', user.uuid)
  limit(ctx, 'recipients', email)
  await withinQuota(ctx, 'invitations', { owner: user.uuid, count: () => countInvitations(db, user.uuid, now) })
  const invited = await inSession(ctx, (tx) => invite(tx, place, { email, role, inviter: user.uuid, now }))
  if (invited.refused === 'is a member')
    throw refusal('already_member', 'This person is already a member: change their role instead.')
  if (invited.refused)
    throw refusal('permission_denied', 'You may no longer invite here: ask a leader of the organization.')
  const url = invitationLink({ ...ctx, email, place, role, invitation: invited.uuid })
  ctx.send(inviteMail({ to: email, url, inviter: user.name, place: place.name, role }))
  return { email }
}
