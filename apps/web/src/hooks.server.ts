import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'
import { redact } from '@project-keys/verify/redact'
import { redirect } from '@sveltejs/kit'
import type { Handle, HandleFetch, HandleServerError } from '@sveltejs/kit/hooks'
import { createApi, isApiError } from '#lib/server/api.ts'
import { compressed } from '#lib/server/compression.ts'
import { failureOf, frameworkFailure } from '#lib/server/failure.ts'
import { readForm, withoutForm } from '#lib/server/form.ts'
import { keepable, wayBack } from '#lib/server/kept.ts'
import { signInHref } from '#lib/server/return-path.ts'
import { withSecret } from '#lib/server/secret.ts'
import { readSession } from '#lib/server/session.ts'
import { readTheme, withTheme } from '#lib/server/theme.ts'
import { readZone } from '#lib/server/zone.ts'

const API_TIMEOUT = 15_000 // ms

export const handle: Handle = async ({ event, resolve }) => {
  const { cookies, locals, route, request } = event
  locals.requestId = randomUUID()
  locals.session = readSession(cookies)
  locals.zone = readZone(cookies)
  locals.api = createApi(event.fetch, { session: locals.session, address: event.getClientAddress })
  if (route.id?.startsWith('/(console)') && !locals.session && request.method === 'GET') {
    redirect(303, signInHref(event.url))
  }
  const sent = request.method === 'POST' ? await readForm(request) : null
  locals.formProblem = sent?.problem ?? null
  locals.typed = sent?.form ? keepable(sent.form) : null
  const accepted = locals.formProblem ? { ...event, request: withoutForm(request) } : event

  const theme = readTheme(cookies)
  const response = await resolve(accepted, {
    transformPageChunk: ({ html }) => withTheme(withSecret(html, locals.secret), theme),
    preload: ({ type }) => type === 'js' || type === 'css' || type === 'font',
  })
  response.headers.set('cache-control', 'no-store')
  response.headers.set('x-request-id', locals.requestId)
  if (response.status === 503) response.headers.set('retry-after', '5')
  return compressed(event, response)
}

/** The API gets the session as a bearer token, never a cookie. */
export const handleFetch: HandleFetch = ({ request, fetch }) =>
  fetch(new Request(request, { credentials: 'omit', signal: AbortSignal.timeout(API_TIMEOUT) }))

export const handleError: HandleServerError = ({ kind, error, event }) => {
  const { requestId } = event.locals
  if (kind === 'app') return error
  if (kind === 'framework' || kind === 'validation') return frameworkFailure({ error, event })
  const failure = { ...failureOf(error, requestId), wayBack: wayBack(event) }
  // An error of the API contains its whole response, so only its message is logged.
  const logged = isApiError(error) ? error.message : inspect(error)
  if (failure.status >= 500) console.error(failure.requestId, event.request.method, event.route.id, redact(logged))
  return failure
}
