import type { Cookies } from '@sveltejs/kit'
import { type Theme, themeOf } from '#lib/theme.ts'
import { isSecure } from './settings.ts'

const COOKIE = 'theme'
const YEAR = 365 * 24 * 60 * 60 // s
const options = { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure } as const

export const readTheme = (cookies: Cookies): Theme => themeOf(cookies.get(COOKIE))

export const keepTheme = (cookies: Cookies, theme: Theme) => cookies.set(COOKIE, theme, { ...options, maxAge: YEAR })

/** The server writes the theme into the page, so that it is right before any script runs, and without one. */
export const withTheme = (html: string, theme: Theme) =>
  html.replace('<html lang="en">', `<html lang="en" data-theme="${theme}">`)
