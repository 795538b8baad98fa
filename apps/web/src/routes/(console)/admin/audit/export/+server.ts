import { exportedPages, NDJSON } from '#lib/server/audit.ts'
import { sendFile } from '#lib/server/file.ts'

type Event = { locals: App.Locals }

export const GET = ({ locals: { api } }: Event) =>
  sendFile(
    exportedPages((after) => api.events.exportOfServer.query({ after })),
    { type: NDJSON, name: 'events-server.ndjson' },
  )
