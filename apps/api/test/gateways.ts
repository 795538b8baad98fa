import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { GATEWAYS, type Gateway } from './gateway-programs.ts'
import { pathOf } from './programs.ts'

/** Stands for the project in the examples. */
const PROJECT = '01890a5d-ac96-774b-bcce-b302099a8057'
const PAGE = join(import.meta.dirname, '../../../docs/gateways.md')

type Values = { port: number; api: string; service: string; project: string; folder: string }

/** The examples of one gateway on the page, with the test's addresses, files and project. */
function examplesOf({ heading, files, listens }: Gateway, { port, api, service, project, folder }: Values): string[] {
  const [section = ''] = readFileSync(PAGE, 'utf8').split(`\n## ${heading}\n`)[1]?.split('\n## ') ?? []
  const blocks = [...section.matchAll(/^```\w+\n([\s\S]*?)\n```$/gm)].map(([, text = '']) => text)
  const [listen, changed] = listens(port)
  expect(blocks.join()).toContain(listen)
  for (const expected of [PROJECT, '127.0.0.1:61016', '8080']) expect(blocks.join()).toContain(expected)
  return blocks.map((block) =>
    files
      .reduce((text, name) => text.replace(new RegExp(`/etc/\\w+/${name}`, 'g'), join(folder, name)), block)
      .replace(listen, changed)
      .replaceAll('127.0.0.1:61016', hostOf(api))
      .replaceAll('127.0.0.1:8080', hostOf(service))
      .replace('port_value: 61016', `port_value: ${portIn(api)}`)
      .replace('port_value: 8080', `port_value: ${portIn(service)}`)
      .replaceAll(PROJECT, project),
  )
}

const hostOf = (address: string) => new URL(address).host
const portIn = (address: string) => new URL(address).port

/** A browser's preflight, which gateways pass on without asking the API. */
const PREFLIGHT = {
  method: 'OPTIONS',
  headers: { origin: 'https://example.com', 'access-control-request-method': 'PUT' },
}

const ends: (() => unknown)[] = []
/** Ends all gateways and services that this file started. */
export async function stopGateways() {
  for (const end of ends.reverse()) await end()
}

/** Starts the gateway of the page's example in front of a service; it asks the API at this address. */
export async function startGateway(name: keyof typeof GATEWAYS, { api, project }: Pick<Values, 'api' | 'project'>) {
  const gateway = GATEWAYS[name]
  const folder = mkdtempSync(join(tmpdir(), 'gateway-test-'))
  // If root starts a server, its workers run as another user.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const examples = examplesOf(gateway, { port, api, service: await startEcho(), project, folder })
  const written = gateway.configure({ examples, folder, port })
  for (const [file, text] of Object.entries(written)) writeFileSync(join(folder, file), text)
  const env = { ...process.env, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  const child = spawn(pathOf(name) ?? name, gateway.run(folder), {
    env,
    cwd: folder,
    stdio: 'ignore',
  })
  ends.push(() => stop(child, folder))
  const url = `http://127.0.0.1:${port}`
  await vi.waitFor(async () => expect((await fetch(url, PREFLIGHT)).status).toBe(200), { timeout: 15_000 })
  return url
}

async function stop(child: ChildProcess, folder: string) {
  if (child.exitCode === null) {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  await rm(folder, { recursive: true, force: true })
}

/** The text that a server adds to the key of a WebSocket (RFC 6455, section 1.3). */
const WEBSOCKET = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Starts a service that responds with the request it received; `/broken` is a 500, and a WebSocket gets its bytes back. */
async function startEcho(): Promise<string> {
  const server = createServer({ maxHeaderSize: 1 << 16 }, async (request, response) => {
    const body = await bodyOf(request)
    const { method, url, headers } = request
    const echo = { method, url, headers, body: body.slice(0, 100), length: body.length }
    response.statusCode = url === '/broken' ? 500 : 200
    response.setHeader('content-type', 'application/json').end(JSON.stringify(echo))
  })
  server.on('upgrade', ({ headers }, socket) => {
    const accepted = createHash('sha1').update(`${headers['sec-websocket-key']}${WEBSOCKET}`).digest('base64')
    const head = [
      'HTTP/1.1 101 Switching Protocols',
      'Connection: Upgrade',
      'Upgrade: websocket',
      `Sec-WebSocket-Accept: ${accepted}`,
      `X-Seen-Project: ${headers['x-project']}`,
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    socket.on('error', () => {}).pipe(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  ends.push(() => server.close().closeAllConnections())
  return `http://127.0.0.1:${portOf(server)}`
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  return body
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}

function portOf(server: ReturnType<typeof createServer>): number {
  const address = server.address()
  return address && typeof address === 'object' ? address.port : 0
}
