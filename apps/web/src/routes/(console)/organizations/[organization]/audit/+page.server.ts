import type { Person } from '#lib/audit.ts'
import { asked, isFull, readAuditQuery } from '#lib/server/audit.ts'

const MOST_PEOPLE = 255 // to choose from

export async function load({ locals: { api, zone }, params: { organization }, url }) {
  const query = readAuditQuery(url)
  const [overseen, members, events] = await Promise.all([
    api.overview.organization.query({ organization }),
    api.organizationMembers.list.query({ organization, per_page: MOST_PEOPLE }),
    api.events.list.query({ organization, ...asked(query, zone) }),
  ])
  const people = members.map(({ uuid, name }): Person => ({ uuid, name }))
  return { organization: overseen, people, query, events, more: isFull(events), now: Date.now() }
}
