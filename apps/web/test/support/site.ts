import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { freePorts } from './ports.ts'

const EMPTY = '<!doctype html><title>Another site</title>'
const TYPES: Record<string, string> = { js: 'text/javascript', html: 'text/html' }

/** Serves the files of a folder as a site of another origin; without a folder, an empty page. */
export async function startSite(folder?: string): Promise<string> {
  const [port = 0] = await freePorts(1)
  const site = createServer(async ({ url = '/' }, response) => {
    const path = url === '/' ? '/index.html' : url
    const content = folder ? await readFile(join(folder, path)).catch(() => null) : EMPTY
    const type = TYPES[path.replace(/.*\./, '')] ?? 'application/octet-stream'
    response.writeHead(content === null ? 404 : 200, { 'content-type': type }).end(content ?? '')
  }).listen(port, 'localhost')
  await once(site, 'listening')
  afterAll(() => site.close())
  return `http://localhost:${port}`
}
