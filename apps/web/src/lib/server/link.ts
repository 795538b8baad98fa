import { type Cookies, redirect } from '@sveltejs/kit'
import { words } from '#lib/words/en.ts'
import { refusal } from './api.ts'
import { sentenceOf } from './failure.ts'
import { isSecure } from './settings.ts'

const LINK = 'mailed-link'
const KEPT = 30 * 60 // seconds
const options = { httpOnly: true, sameSite: 'lax', secure: isSecure } as const

type Event = { url: URL; cookies: Cookies; setHeaders: (headers: Record<string, string>) => void }

/**
 * The token of a mailed link, which leaves the address bar first, and with it the history and every Referer. The page
 * itself then needs no `no-referrer`, under which browsers send a form without its origin.
 */
export function tokenOfLink({ url, cookies, setHeaders }: Event): string {
  const { pathname: path, searchParams } = url
  const given = searchParams.get('token')
  if (given !== null) {
    setHeaders({ 'referrer-policy': 'no-referrer' })
    cookies.set(LINK, given, { ...options, path, maxAge: KEPT })
    redirect(303, path)
  }
  return cookies.get(LINK) ?? ''
}

/** Why a link is dead, for who opened it; an error of another kind is thrown on. */
export const whyDead = (error: unknown): string =>
  refusal(error) === 'BAD_REQUEST' ? words.deadLink.none : sentenceOf(error, 'UNAUTHORIZED', 'NOT_FOUND', 'FORBIDDEN')

export const forgetLink = (cookies: Cookies, { pathname: path }: URL) => cookies.delete(LINK, { ...options, path })
