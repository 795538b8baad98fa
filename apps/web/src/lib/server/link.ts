import { type Cookies, redirect } from '@sveltejs/kit'
import { words } from '#lib/words/en.ts'
import { errorCodeOf } from './api.ts'
import { refusalMessage } from './failure.ts'
import { returnPath } from './return-path.ts'
import { isSecure } from './settings.ts'

const LINK_COOKIE = 'mailed-link'
const LIFETIME = 30 * 60 // seconds
const options = { httpOnly: true, sameSite: 'lax', secure: isSecure } as const

type Event = { url: URL; cookies: Cookies; setHeaders: (headers: Record<string, string>) => void }

/**
 * The token of a mailed link. It moves into a cookie first, so that it is not in the address bar, the history or any
 * Referer. The page then needs no `no-referrer`, under which browsers would submit its form without an Origin.
 */
export function tokenOfLink({ url, cookies, setHeaders }: Event): string {
  const { pathname: path, searchParams } = url
  const given = searchParams.get('token')
  if (given !== null) {
    setHeaders({ 'referrer-policy': 'no-referrer' })
    cookies.set(LINK_COOKIE, given, { ...options, path, maxAge: LIFETIME })
    redirect(303, path)
  }
  return cookies.get(LINK_COOKIE) ?? ''
}

/** Whether the page of this request may contain the token of a mailed link. */
export const holdsToken = (cookies: Cookies): boolean => cookies.get(LINK_COOKIE) !== undefined

const DEAD_LINK = ['invalid_link', 'invalid_invitation', 'invitation_not_found', 'account_exists'] as const

const INVITED_COOKIE = 'invited'
const atConfirm = { ...options, path: '/auth/confirm' }

/** Makes the next sign-in link that this browser opens lead back to the invitation. */
export const returnToInvitation = (cookies: Cookies) =>
  cookies.set(INVITED_COOKIE, 'yes', { ...atConfirm, maxAge: LIFETIME })

/** The path of the page after a sign-in: the one that the link names. */
export function pathAfterSignIn(cookies: Cookies, path: string | null): string {
  if (!cookies.get(INVITED_COOKIE)) return returnPath(path) ?? '/projects'
  cookies.delete(INVITED_COOKIE, atConfirm)
  return '/auth/accept'
}

/** Why a mailed link does not work; throws an error that is not about the link. */
export const whyDead = (error: unknown): string =>
  errorCodeOf(error) === 'invalid_input' ? words.deadLink.none : refusalMessage(error, ...DEAD_LINK)

export const forgetLink = (cookies: Cookies, { pathname: path }: URL) =>
  cookies.delete(LINK_COOKIE, { ...options, path })
