import { redirect } from '@sveltejs/kit'
import { returnPath } from '#lib/server/return-path.ts'
import { keepTheme } from '#lib/server/theme.ts'
import { themeOf } from '#lib/theme.ts'

export const load = () => redirect(303, '/')

export const actions = {
  /** Works on every page, with or without a session, and leads back to it. */
  async default({ request, cookies }) {
    const form = await request.formData()
    const next = form.get('next')
    keepTheme(cookies, themeOf(form.get('theme')))
    redirect(303, returnPath(typeof next === 'string' ? next : null) ?? '/')
  },
}
