import { redirect } from '@sveltejs/kit'
import { withoutKey } from '#lib/pasted-key.ts'
import { countsOfProjects } from '#lib/server/counts.ts'

const PAGE_SIZE = 24 // projects on a page
const notes = ['deleted', 'left'] as const

export async function load({ locals, url }) {
  const search = withoutKey(url.searchParams.get('search') ?? '')
  const page = Math.max(1, Math.trunc(Number(url.searchParams.get('page'))) || 1)
  const { total, projects } = await locals.api.projects.mine.query({ search, page, per_page: PAGE_SIZE })
  // People who are in no project yet go on with their first one.
  if (total === 0 && !url.search) redirect(303, '/projects/new')
  const [only] = projects
  if (only && total === 1 && !url.search) redirect(303, `/projects/${only.slug}/keys`)
  const note = notes.find((note) => url.searchParams.has(note))
  const counts = await countsOfProjects(
    locals.api,
    projects.map(({ uuid }) => uuid),
  )
  return { note, search, page, total, projects, counts, now: Date.now(), pages: Math.ceil(total / PAGE_SIZE) }
}
