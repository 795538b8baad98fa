import { asked, isFull, readAuditQuery } from '#lib/server/audit.ts'

export async function load({ locals: { api, zone }, params: { organization }, url }) {
  const query = readAuditQuery(url)
  const [overseen, events] = await Promise.all([
    api.overview.organization.query({ organization }),
    api.events.list.query({ organization, ...asked(query, zone) }),
  ])
  return { organization: overseen, query, events, more: isFull(events), now: Date.now() }
}
