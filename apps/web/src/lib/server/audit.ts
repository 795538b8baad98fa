import { actions } from '#lib/audit.ts'
import { startOfDay } from '#lib/days.ts'
import { DAY } from '#lib/times.ts'

/** Events on a page. */
const SIZE = 50

export type AuditQuery = ReturnType<typeof readAuditQuery>

/** Reads from its URL what the log shows; a value that is not valid counts as absent. */
export function readAuditQuery({ searchParams }: URL) {
  const [person, key] = [uuidIn(searchParams, 'person'), uuidIn(searchParams, 'key')]
  const asked = searchParams.get('action') ?? ''
  const before = Number(searchParams.get('before'))
  return {
    person,
    key,
    action: actions.includes(asked) ? asked : '',
    from: dateIn(searchParams, 'from'),
    until: dateIn(searchParams, 'until'),
    before: Number.isSafeInteger(before) && before > 0 ? before : null,
  }
}

const uuidIn = (parameters: URLSearchParams, name: string) =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.exec(parameters.get(name)?.trim() ?? '')?.[0] ?? ''
const dateIn = (parameters: URLSearchParams, name: string) => {
  const [date = ''] = /^2\d{3}-\d{2}-\d{2}$/.exec(parameters.get(name) ?? '') ?? []
  return Number.isNaN(Date.parse(date)) ? '' : date
}

/** The same for the API. The days are the reader's, and the last one belongs to the span. */
export function asked({ person, key, action, from, until, before }: AuditQuery, zone: string) {
  const at = (day: string, plus = 0) => new Date(startOfDay(Date.parse(day) + plus, zone)).toISOString()
  return {
    ...(person && { person }),
    ...(key && { key }),
    ...(action && { action }),
    ...(from && { since: at(from) }),
    ...(until && { until: at(until, DAY) }),
    ...(before && { before }),
    per_page: SIZE,
  }
}

export const isFull = (events: unknown[]) => events.length === SIZE

type Page = { text: string; next: string | null }

/** The whole log, page by page, with its signed head. */
export async function* exportedPages(read: (after: string | undefined) => Promise<Page>) {
  for (let after: string | undefined | null; after !== null; ) {
    const page = await read(after)
    yield page.text
    after = page.next
  }
}

export const NDJSON = 'application/x-ndjson; charset=utf-8'
