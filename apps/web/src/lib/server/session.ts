import type { Cookies } from '@sveltejs/kit'
import type { Session } from '#lib/api-types.ts'
import { isSecure } from './settings.ts'

const SESSION = isSecure ? '__Host-session' : 'session'
const options = { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure } as const

/** The characters of a token. A cookie may hold others, which no header of a request to the API can carry. */
const TOKEN = /^[\w.-]+$/

export function readSession(cookies: Cookies): string | undefined {
  const session = cookies.get(SESSION)
  return session && TOKEN.test(session) ? session : undefined
}

export const startSession = (cookies: Cookies, { token, expiration }: Session) =>
  cookies.set(SESSION, token, { ...options, expires: new Date(expiration) })

export const forgetSession = (cookies: Cookies) => cookies.delete(SESSION, options)
