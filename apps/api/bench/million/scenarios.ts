import type { Request } from '../load.ts'
import type { Comparison, Side } from '../scenarios.ts'
import type { Server } from '../servers.ts'

export type Key = { slug: string; uuid: string }
type World = { name: string; server: Server; keys: Key[] }
type Scenario = { title: string; requests: number; status: number; request: (key: Key) => Request }

const SOON = 30 * 24 * 3600 * 1000 // ms

/** Each scenario in a world, compared with the same in a project of 1,000 keys that is alone in its database. */
export function comparisonsOf(world: World, base: World, token: string): Comparison[] {
  const side = ({ name, server, keys }: World, { status, request }: Scenario): Side => {
    let at = 0
    // Each key is asked for once, so that the benchmark can revoke it; in the smaller project they come again.
    const next = () => request(keys[at++ % keys.length] ?? { slug: '', uuid: '' })
    return { name, server, status, next }
  }
  return scenarios(token).map((scenario) => ({
    title: scenario.title,
    requests: scenario.requests,
    sides: [side(world, scenario), side(base, scenario)],
  }))
}

function scenarios(token: string): Scenario[] {
  const keysOf = ({ slug }: Key) => `/v0/projects/${slug}/keys`
  const get = (title: string, path: (key: Key) => string): Scenario => ({
    title,
    requests: 500,
    status: 200,
    request: (key) => ({ method: 'GET', path: path(key), token }),
  })
  const page = (title: string, input: object) =>
    get(title, ({ slug }) => {
      const text = JSON.stringify({ project: slug, per_page: 25, ...input })
      return `/trpc/projectKeys.page?input=${encodeURIComponent(text)}`
    })
  const now = Date.now()
  const soon = { expires_from: new Date(now).toISOString(), expires_before: new Date(now + SOON).toISOString() }
  return [
    get('List', keysOf),
    get('View', (key) => `${keysOf(key)}/${key.uuid}`),
    get('Search for a rare word', (key) => `${keysOf(key)}?search=zebra`),
    page('Console: by name', {}),
    page('Console: by creation', { sort: 'creation', direction: 'desc' }),
    page('Console: by expiration', { sort: 'expiration' }),
    page('Console: revoked, by creation', { sort: 'creation', state: 'revoked' }),
    page('Console: expires soon', { sort: 'expiration', ...soon }),
    {
      title: 'Create',
      requests: 500,
      status: 201,
      request: (key) => ({ method: 'POST', path: keysOf(key), token, body: { name: 'made by the benchmark' } }),
    },
  ]
}
