import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'

/** Stands for the project in the examples. */
const PROJECT = '01890a5d-ac96-774b-bcce-b302099a8057'
const PAGE = join(import.meta.dirname, '../../../docs/gateways.md')

/** True if the program is on the PATH. */
export function has(program: string): boolean {
  try {
    execFileSync(program, program === 'nginx' ? ['-v'] : ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

type Values = { port: number; api: string; service: string; project: string }

/** The example of docs/gateways.md, with the test's addresses and project. */
function example(language: string, { port, api, service, project }: Values): string {
  const [, text = ''] = new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``).exec(readFileSync(PAGE, 'utf8')) ?? []
  const replaced = text
    .replaceAll('127.0.0.1:61016', hostOf(api))
    .replaceAll('127.0.0.1:8080', hostOf(service))
    .replaceAll(PROJECT, project)
  const listening = language === 'nginx' ? `listen 127.0.0.1:${port};` : `http://127.0.0.1:${port} {`
  const changed = replaced.replace(language === 'nginx' ? 'listen 80;' : ':80 {', listening)
  for (const expected of [hostOf(api), hostOf(service), listening, `project=${project}`])
    expect(changed).toContain(expected)
  return changed
}

const hostOf = (address: string) => new URL(address).host

const ends: (() => unknown)[] = []
/** Ends all gateways and services that this file started. */
export async function stopGateways() {
  for (const end of ends.reverse()) await end()
}

/** Starts the gateway of the page's example in front of a service; it asks the API at this address. */
export async function startGateway(program: 'nginx' | 'caddy', { api, project }: Pick<Values, 'api' | 'project'>) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-test-'))
  // If root starts nginx, its workers run as another user.
  chmodSync(folder, 0o755)
  const service = await startEcho()
  const port = await freePort()
  const child = (program === 'nginx' ? startNginx : startCaddy)(folder, { port, api, service, project })
  ends.push(async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    await rm(folder, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${port}`
  await vi.waitFor(() => fetch(url), { timeout: 10_000 })
  return url
}

function startNginx(folder: string, values: Values): ChildProcess {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n')
  const config = `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr crit;
    events {}
    http { access_log off; ${temporary}
    ${example('nginx', values)} }`
  writeFileSync(join(folder, 'nginx.conf'), config)
  return spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], { stdio: 'inherit' })
}

function startCaddy(folder: string, values: Values): ChildProcess {
  const options = '{\n\tadmin off\n\tauto_https off\n\tlog {\n\t\toutput discard\n\t}\n}\n'
  writeFileSync(join(folder, 'Caddyfile'), options + example('caddyfile', values))
  const env = { ...process.env, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  const args = ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')]
  return spawn('caddy', args, { env, stdio: 'ignore' })
}

/** Starts a service that responds with the headers and the body it received; `/broken` is a 500. */
async function startEcho(): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const { method, url, headers } = request
    response.statusCode = url === '/broken' ? 500 : 200
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ method, url, headers, body }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  ends.push(() => server.close())
  return `http://127.0.0.1:${portOf(server)}`
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
