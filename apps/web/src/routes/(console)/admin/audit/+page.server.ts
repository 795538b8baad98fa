import { asked, isFull, readAuditQuery } from '#lib/server/audit.ts'

export async function load({ locals: { api, zone }, url }) {
  const query = readAuditQuery(url)
  const events = await api.events.listOfServer.query(asked(query, zone))
  return { query, events, more: isFull(events), now: Date.now() }
}
