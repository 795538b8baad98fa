import { words } from '#lib/words/en.ts'

const { unreadable, noForm, titles } = words.failure

const problems = {
  noForm: { status: 404, message: noForm },
  unreadable: { status: 400, message: unreadable },
  late: { status: 408, message: titles[408] },
  tooLarge: { status: 413, message: titles[413] },
  otherType: { status: 415, message: titles[415] },
} as const

/** Why a form is refused before any action sees it. */
export type FormProblem = (typeof problems)[keyof typeof problems]

export type SentForm = { form: FormData; problem: null } | { form: null; problem: FormProblem }

/**
 * Reads a copy of a form, so that no action runs before the whole form is there and readable. Whatever fails while we
 * read it, the client caused.
 */
export async function readForm(request: Request): Promise<SentForm> {
  if (namesReserved(request)) return refused(problems.noForm)
  if (!isFormType(request.headers)) return refused(problems.otherType)
  try {
    const form = await textsOf(request.clone())
    return form ? { form, problem: null } : refused(problems.unreadable)
  } catch (error) {
    return refused(problemOf(error))
  }
}

const refused = (problem: FormProblem) => ({ form: null, problem })

/** SvelteKit answers a request without a form with 404, 405 or 415, and runs no action. */
export function withoutForm(request: Request): Request {
  const headers = new Headers(request.headers)
  headers.delete('content-type')
  const url = new URL(request.url)
  url.searchParams.delete(RESERVED)
  return new Request(url, { method: 'POST', headers, signal: request.signal })
}

/** The name of an action that SvelteKit takes for a fault of ours. */
const RESERVED = '/default'
const namesReserved = ({ url }: Request) => new URL(url).searchParams.has(RESERVED)

const FORM = /^(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i

/** Whether the headers announce a form as browsers send it, in UTF-8 and not compressed. */
function isFormType(headers: Headers) {
  const type = headers.get('content-type') ?? ''
  const [, charset = 'utf-8'] = CHARSET.exec(type) ?? []
  return FORM.test(type) && /^utf-?8$/i.test(charset) && !headers.has('content-encoding')
}

/** The form, if all of its fields are text: no form of the console sends a file. */
async function textsOf(request: Request) {
  const bytes = await request.arrayBuffer()
  new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  const form = await new Response(bytes, { headers: request.headers }).formData()
  return [...form.values()].every((value) => typeof value === 'string') ? form : null
}

/** The server ends a late body with a `TimeoutError`, the adapter one that is too large with a status. */
function problemOf(error: unknown) {
  if (!(error instanceof Error)) return problems.unreadable
  if (error.name === 'TimeoutError') return problems.late
  return 'status' in error && error.status === 413 ? problems.tooLarge : problems.unreadable
}
