import { error } from '@sveltejs/kit'
import type { Project } from '#lib/api-types.ts'
import { words } from '#lib/words/en.ts'

type Event = { parent: () => Promise<{ project: Project }>; locals: App.Locals }

/** Refuses a page for those who manage the project to its other members, before they fill in a form in vain. */
export async function requireManager({ parent, locals: { requestId } }: Event): Promise<Project> {
  const { project } = await parent()
  if (!project.manages) error(403, { message: words.failure.titles[403], requestId })
  return project
}
