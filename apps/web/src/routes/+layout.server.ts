import { keptForm } from '#lib/server/kept.ts'
import { docsUrl } from '#lib/server/settings.ts'
import { readTheme } from '#lib/server/theme.ts'

export async function load({ locals, cookies, url, route }) {
  const hasSession = locals.session !== undefined
  const { user } = route.id === null && hasSession ? await frameOf(locals) : {}
  return {
    zone: locals.zone,
    theme: readTheme(cookies),
    hasSession,
    kept: keptForm(cookies, url),
    ...(user && { user, docsUrl }),
  }
}

/** A page that does not exist is in no group whose layout loads the user. */
async function frameOf({ api }: App.Locals) {
  return { user: await api.users.me.query().catch(() => undefined) }
}
