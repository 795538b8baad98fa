import type { Cookies } from '@sveltejs/kit'
import type { Session } from '#lib/api-types.ts'
import { isSecure } from './settings.ts'

const SESSION = isSecure ? '__Host-session' : 'session'
const options = { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure } as const

export const readSession = (cookies: Cookies) => cookies.get(SESSION)

export const startSession = (cookies: Cookies, { token, expiration }: Session) =>
  cookies.set(SESSION, token, { ...options, expires: new Date(expiration) })

export const forgetSession = (cookies: Cookies) => cookies.delete(SESSION, options)
