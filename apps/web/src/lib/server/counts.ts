import type { Outputs, Project } from '#lib/api-types.ts'
import { APART } from './api.ts'
import { soon } from './soon.ts'

export type ProjectCounts = Outputs['overview']['projects'][number]

type Event = { parent: () => Promise<{ project: Project }>; locals: App.Locals }

/** How many keys of a project need attention. */
export const countsOfProject = ({ parent, locals }: Event) =>
  soon(
    parent()
      .then(({ project }) => locals.api.overview.projects.query({ projects: [project.uuid] }, APART))
      .then(([counts]) => counts ?? null),
  )

/** The counts of these projects that the user may manage, by UUID. */
export const countsOfProjects = ({ overview }: App.Locals['api'], projects: string[]) =>
  soon(
    overview.projects
      .query({ projects }, APART)
      .then((counts) => new Map(counts.map((project): [string, ProjectCounts] => [project.uuid, project]))),
  )
