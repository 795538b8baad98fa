import { exportedPages, NDJSON } from '#lib/server/audit.ts'
import { sendFile } from '#lib/server/file.ts'

type Event = { locals: App.Locals; params: { organization: string } }

export const GET = ({ locals: { api }, params: { organization } }: Event) =>
  sendFile(
    exportedPages((after) => api.events.export.query({ organization, after })),
    { type: NDJSON, name: `events-${organization}.ndjson` },
  )
