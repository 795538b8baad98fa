import { afterNavigate } from '$app/navigation'
import { rowOf } from './list-query.ts'

/**
 * After a navigation by script the browser has no focus of its own. It goes where people go on: to the first row on
 * another page of a list, else to the heading. An element that took the focus, such as a dialog, keeps it.
 */
export function focusAfterNavigation() {
  afterNavigate(({ type, from, to }) => {
    if (type === 'enter' || type === 'popstate') return
    const isNextPage = from?.url.pathname === to?.url.pathname && pageOf(from?.url) !== pageOf(to?.url)
    setTimeout(() => {
      if (document.activeElement !== document.body) return
      const place = document.querySelector<HTMLElement>(isNextPage ? 'main tbody a' : 'main h1')
      if (place && !isNextPage) place.tabIndex = -1
      place?.focus({ preventScroll: !isNextPage })
    })
  })
}

const pageOf = (url: URL | undefined) => url?.searchParams.get('page') ?? null

/** People who come back to a list from the page of a row, whose UUID is this parameter, go on at that row. */
export function focusRowLeft(parameter: 'key' | 'user') {
  afterNavigate(({ from }) => {
    const uuid = from?.params?.[parameter]
    if (uuid) document.getElementById(rowOf(uuid))?.querySelector('a')?.focus()
  })
}
