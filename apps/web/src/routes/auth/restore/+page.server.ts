import { fail } from '@sveltejs/kit'
import { errorCodeOf } from '#lib/server/api.ts'
import { forgetLink, tokenOfLink } from '#lib/server/link.ts'

export async function load(event) {
  const token = tokenOfLink(event)
  return { account: await event.locals.api.auth.inspectRestore.mutate({ token }).catch(nullIfDead), token }
}

export const actions = {
  async default({ request, url, cookies, locals }) {
    const token = String((await request.formData()).get('token'))
    const restored = await locals.api.auth.restoreAddress.mutate({ token }).catch(nullIfDead)
    if (!restored) return fail(400, { restored: null })
    forgetLink(cookies, url)
    return { restored: restored.email }
  },
}

function nullIfDead(error: unknown): null {
  const code = errorCodeOf(error)
  if (code === 'invalid_link' || code === 'invalid_input') return null
  throw error
}
