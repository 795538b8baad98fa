import { keyOf, type Project } from '../database.ts'
import type { Request } from '../load.ts'

/** A line of the result: `next` makes the next request, and each response must have the status. */
export type Line = { title: string; requests: number; status: number; next: () => Request }
type World = { token: string; small: Project; large: Project; revocable: Project }

/** The same lines for each side, about the keys of its own database. */
export function linesOf({ token, small, large, revocable }: World): Line[] {
  const keys = cycle(small.keys)
  const unused = cycle(revocable.keys)
  const shown = cycle(small.keys.map((_key, place) => keyOf(small.slug, place + 1)))
  const at = ({ slug }: Project) => `/v0/projects/${slug}/keys`
  const page = (input: object) =>
    `/trpc/projectKeys.page?input=${encodeURIComponent(JSON.stringify({ project: small.slug, per_page: 25, ...input }))}`
  const get = (path: string) => (): Request => ({ method: 'GET', path, token })
  return [
    { title: 'List', requests: 480, status: 200, next: get(at(small)) },
    { title: 'List of the console', requests: 480, status: 200, next: get(page({})) },
    { title: 'View', requests: 640, status: 200, next: () => get(`${at(small)}/${keys()}`)() },
    { title: 'List, 255 a page', requests: 64, status: 200, next: get(`${at(small)}?per_page=255`) },
    { title: 'Search among 1,000', requests: 192, status: 200, next: get(`${at(small)}?search=key+777`) },
    { title: 'Search among 100,000', requests: 96, status: 200, next: get(`${at(large)}?search=key+77777`) },
    {
      title: 'Create',
      requests: 320,
      status: 201,
      next: () => ({ method: 'POST', path: at(revocable), token, body: { name: 'made' } }),
    },
    {
      title: 'Rename',
      requests: 320,
      status: 200,
      next: () => ({ method: 'PATCH', path: `${at(revocable)}/${unused()}`, token, body: { name: 'renamed' } }),
    },
    {
      title: 'Revoke',
      requests: 320,
      status: 204,
      next: () => ({ method: 'DELETE', path: `${at(revocable)}/${unused()}`, token }),
    },
    {
      title: 'Verify, from memory',
      requests: 3200,
      status: 200,
      next: () => ({ method: 'GET', path: '/v0/verify', token: shown() }),
    },
  ]
}

function cycle(items: string[]) {
  let at = 0
  return () => items[at++ % items.length] ?? ''
}
