import { readKeyQuery } from '#lib/list-query.ts'
import { batchesOf, type Format, formats } from '#lib/selection.ts'
import { sendFile } from '#lib/server/file.ts'
import { matchingKeys, uuidsIn } from '#lib/server/selection.ts'

const TYPES = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson; charset=utf-8' } satisfies Record<
  Format,
  string
>

type Event = { locals: App.Locals; params: { project: string }; url: URL; request: Request }

/** All keys that the list of this URL shows, whatever its page. */
export async function GET(event: Event) {
  const { url, locals, params } = event
  const moment = { now: Date.now(), zone: locals.zone }
  const pages = matchingKeys({ api: locals.api, project: params.project }, readKeyQuery(url), moment)
  return fileOf(event, { format: formatOf(url.searchParams.get('format')), pages })
}

/** The keys that were selected. */
export async function POST(event: Event) {
  const form = await event.request.formData()
  // A script that sends more than one part puts them together.
  const isFirst = form.get('part') !== 'next'
  return fileOf(event, { format: formatOf(form.get('format')), pages: [uuidsIn(form)], isFirst })
}

const formatOf = (text: FormDataEntryValue | null): Format => formats.find((format) => format === text) ?? 'csv'

type File = { format: Format; pages: AsyncIterable<string[]> | Iterable<string[]>; isFirst?: boolean }

/** The file of these keys. */
function fileOf({ locals: { api }, params: { project } }: Event, { format, pages, isFirst = true }: File) {
  async function* parts() {
    let is_first = isFirst
    for await (const page of pages) {
      for (const keys of page.length > 0 ? batchesOf(page) : is_first ? [[]] : []) {
        const { text } = await api.projectKeys.exportSelected.mutate({ project, keys, format, is_first })
        is_first = false
        yield text
      }
    }
  }
  return sendFile(parts(), { type: TYPES[format], name: `keys-${project}.${format}` })
}
