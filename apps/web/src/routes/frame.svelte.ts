import type { Project, ProjectPage, User } from '#lib/api-types.ts'
import { page } from '$app/state'

type Frame = { user: User | undefined; project: Project | undefined; projects: ProjectPage['projects'] }

const ENDED = 401

/**
 * The project and the user that the frame names. On an error page that could not load them it goes on with those of the
 * page before; where there was none, because the error page is the first one, with what the URL and the session tell.
 */
export function frameOf() {
  let last: Frame = { user: undefined, project: undefined, projects: [] }
  const shown = $derived.by(() => {
    const { user, project, mine } = page.data
    if (user || !page.error || page.error.status === ENDED) last = { user, project, projects: mine?.projects ?? [] }
    return last
  })
  const isUnknown = $derived(page.error !== null && !shown.user && page.data.hasSession && page.error.status !== ENDED)
  return {
    get shown() {
      return shown
    },
    get isUnknown() {
      return isUnknown
    },
    get slug() {
      return isUnknown ? page.params.project : undefined
    },
  }
}
