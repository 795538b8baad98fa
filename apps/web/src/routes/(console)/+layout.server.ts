import { docsUrl } from '#lib/server/settings.ts'

const SWITCHER_SIZE = 8 // projects that the switcher offers without a search

export async function load({ locals }) {
  const [user, mine] = await Promise.all([
    locals.api.users.me.query(),
    locals.api.projects.mine.query({ per_page: SWITCHER_SIZE }),
  ])
  return { user, mine, docsUrl }
}
