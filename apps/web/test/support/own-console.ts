import { once } from 'node:events'
import { open, readFile, rm } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, expect } from 'vitest'
import { place } from './browser.ts'
import { freePorts } from './ports.ts'
import { end, startConsole } from './service.ts'

export type Headers = Record<string, string>
export type Body = string | Buffer | null

/** Anything of the program that no page may show. */
export const STACK = /\n\s+at |node_modules|file:\/\//

/** Starts a console for one file of tests, whose output holds what these tests cause and nothing else. */
export async function startOwnConsole(settings: Record<string, string> = {}) {
  const [webPort = 0] = await freePorts(1)
  const consoleUrl = `http://localhost:${webPort}`
  const outputPath = join(tmpdir(), `console-output-${webPort}`)
  const output = await open(outputPath, 'a')
  const env = { PORT: new URL(place.apiUrl).port, WEB_PORT: `${webPort}`, CONSOLE_TOKEN: place.consoleToken }
  const child = await startConsole({ ...env, ...settings }, output.fd)
  afterAll(async () => {
    await end(child)
    await output.close()
    await rm(outputPath)
  })

  /** Sends a form by node:http, because `fetch` adds headers of its own. */
  async function send(path: string, headers: Headers, body: Body) {
    const length = headers['transfer-encoding'] ? {} : { 'content-length': Buffer.byteLength(body ?? '') }
    const options = { method: 'POST', headers: { accept: 'text/html', origin: consoleUrl, ...length, ...headers } }
    const sent = request(`${consoleUrl}${path}`, options).end(body)
    const [response]: IncomingMessage[] = await once(sent, 'response')
    if (!response) throw new Error('The console sent no response.')
    return { status: response.statusCode ?? 0, text: await text(response) }
  }

  const expectNoOutput = async () => expect(await readFile(outputPath, 'utf8')).toBe('')
  return { consoleUrl, send, expectNoOutput }
}
