import { readdir, readFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { place } from './browser.ts'
import type { World } from './world.ts'

const SOURCES = join(import.meta.dirname, '../../src')
const ROUTES = join(SOURCES, 'routes')
export const URL_ENCODED = 'application/x-www-form-urlencoded'

/** The paths of all pages of the console that have a server, and of all their form actions, in this world. */
export async function findForms({ places }: World): Promise<{ pages: string[]; actions: string[] }> {
  const files = await readdir(ROUTES, { recursive: true })
  const found = files
    .filter((file) => file.endsWith('+page.server.ts'))
    .map(async (file) => {
      const { actions = {} }: { actions?: object } = await import(join(ROUTES, file))
      const page = pathOf(dirname(file), places)
      return { page, actions: Object.keys(actions).map((name) => (name === 'default' ? page : `${page}?/${name}`)) }
    })
  const routes = await Promise.all(found)
  return { pages: routes.map(({ page }) => page), actions: routes.flatMap(({ actions }) => actions) }
}

/** The names of all fields that the console reads. */
export async function findFields(): Promise<string[]> {
  const files = await readdir(SOURCES, { recursive: true })
  const read = files.filter((file) => /server.*\.ts$/.test(file)).map((file) => readFile(join(SOURCES, file), 'utf8'))
  const code = (await Promise.all(read)).join('\n')
  return [...code.matchAll(/\b(?:get|has|text)\('(\w+)'\)/g)].map(([, name = '']) => name)
}

/** The path of a route's folder, with the groups left out and the parameters filled in. */
function pathOf(folder: string, places: World['places']) {
  const segments = folder.split('/').filter((segment) => segment !== '.' && !segment.startsWith('('))
  const filled = segments.map((segment, index) => {
    if (!segment.startsWith('[')) return segment
    const value = places[`${segments[index - 1]}/${segment}`]
    if (!value) throw new Error(`The world of this test needs something for ${segments[index - 1]}/${segment}.`)
    return value
  })
  return `/${filled.join('/')}`
}

type Held = { path: string; session: string; fields: Record<string, string>; consoleUrl?: string }

/** Sends a form without its last byte. It returns once the server has read the head, with what sends the rest. */
export async function holdBack({ path, session, fields, consoleUrl = place.consoleUrl }: Held) {
  const body = new URLSearchParams(fields).toString()
  const sent = request(`${consoleUrl}${path}`, {
    method: 'POST',
    agent: new Agent(),
    headers: {
      cookie: `session=${session}`,
      origin: consoleUrl,
      accept: 'text/html',
      'content-type': URL_ENCODED,
      'content-length': body.length,
      expect: '100-continue',
    },
  })
  const answer = new Promise<{ status: number; connection: string | undefined; html: string }>((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', async (response) => {
      const { statusCode: status = 0, headers } = response
      resolve({ status, connection: headers.connection, html: await text(response) })
    })
  })
  await new Promise((resolve) => sent.once('continue', resolve))
  sent.write(body.slice(0, -1))
  const hangUp = () => {
    answer.catch(() => undefined)
    sent.destroy()
  }
  return { answer, release: () => sent.end(body.slice(-1)), hangUp }
}
