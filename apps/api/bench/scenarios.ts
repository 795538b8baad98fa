import { keyOf, type Project } from './database.ts'
import type { Request } from './load.ts'
import type { Server } from './servers.ts'

/** One side of a comparison: `next` makes the next request, and each response must have the status. */
export type Side = { name: string; server: Server; status: number; next: () => Request }
/** Both sides send the same number of requests in each round. The ratio is the cost of the first over that of the second. */
export type Comparison = { title: string; requests: number; sides: [Side, Side] }

/** `forgetful` is our server with a cache for one key, so that it asks the database each time. */
type World = {
  ours: Server
  forgetful: Server
  bare: Server
  token: string
  small: Project
  large: Project
  revocable: Project
}

export function comparisonsIn({ ours, forgetful, bare, token, small, large, revocable }: World): Comparison[] {
  const keys = cycle(small.keys)
  const unused = cycle(revocable.keys)
  const list = ({ slug }: Project, query = ''): Request => ({ method: 'GET', path: keysOf(slug) + query, token })
  const shown = cycle(small.keys.map((_key, place) => keyOf(small.slug, place + 1)))
  const verify = (): Request => ({ method: 'GET', path: '/v0/verify', token: shown() })
  const one = (method: string, project: Project, key: string, body?: unknown): Request => ({
    method,
    path: `${keysOf(project.slug)}/${key}`,
    token,
    body,
  })

  const atSize = (project: Project, query = '') => ({
    name: query ? 'search' : `${project.keys.length.toLocaleString('en')} keys`,
    server: ours,
    status: 200,
    next: () => list(project, query),
  })
  const oursAndBare = (title: string, requests: number, status: number, next: () => Request): Comparison => ({
    title,
    requests,
    sides: [
      { name: 'ours', server: ours, status, next },
      { name: 'bare', server: bare, status, next },
    ],
  })

  return [
    { title: 'List, 8 a page', requests: 1500, sides: [atSize(large), atSize(small)] },
    { title: 'Search among 1,000', requests: 600, sides: [atSize(small, '?search=key+777'), atSize(small)] },
    { title: 'Search among 100,000', requests: 300, sides: [atSize(large, '?search=key+77777'), atSize(large)] },
    oursAndBare('List', 1500, 200, () => list(small)),
    oursAndBare('List, 255 a page', 150, 200, () => list(small, '?per_page=255')),
    oursAndBare('View', 1500, 200, () => one('GET', small, keys())),
    oursAndBare('Create', 1000, 201, () => ({
      method: 'POST',
      path: keysOf(small.slug),
      token,
      body: { name: 'made by the benchmark' },
    })),
    oursAndBare('Rename', 1000, 200, () => one('PATCH', small, keys(), { name: 'renamed by the benchmark' })),
    oursAndBare('Revoke', 1000, 204, () => one('DELETE', revocable, unused())),
    {
      title: 'Verify, from memory',
      requests: 10_000,
      sides: [
        { name: 'ours', server: ours, status: 200, next: verify },
        { name: 'empty route', server: bare, status: 200, next: () => ({ ...verify(), path: '/empty' }) },
      ],
    },
    {
      title: 'Verify, from the database',
      requests: 3000,
      sides: [
        { name: 'ours', server: forgetful, status: 200, next: verify },
        { name: 'one select', server: bare, status: 200, next: verify },
      ],
    },
    oursAndBare('Version, and an empty route', 10_000, 200, () => ({ method: 'GET', path: '/v0/server/version' })),
  ]
}

const keysOf = (slug: string) => `/v0/projects/${slug}/keys`

function cycle(items: string[]) {
  let at = 0
  return () => items[at++ % items.length] ?? ''
}
