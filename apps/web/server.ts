import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { forwardedAddress, readAddresses, refuseLateBody, trusting } from '@project-keys/network'
import { isForeignForm, refuseForeignForm } from './foreign-form.ts'

const SHUTDOWN_TIMEOUT = 5_000 // ms for requests in flight
const BODY_TIMEOUT = 10_000 // ms for the body of a request, from the end of its head
const MAX_BODY = 64 * 1024 // bytes

type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

function addresses() {
  try {
    const proxies = process.env.TRUSTED_PROXIES?.split(',').filter(Boolean) ?? []
    return { ...readAddresses(process.env), isTrusted: trusting(proxies) }
  } catch (error) {
    return end(error instanceof Error ? error.message : String(error))
  }
}

/** The result of `vite build`. It has no types, because it does not exist before the first build. */
async function built(): Promise<{ handler: Handler }> {
  try {
    return await import(join(import.meta.dirname, 'build/handler.js'))
  } catch (error) {
    console.error(error)
    return end('The console can’t be loaded: build it with `pnpm build`.')
  }
}

function end(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}

const { host, webPort, consoleUrl, isTrusted } = addresses()
const { protocol } = new URL(consoleUrl)

// The adapter reads its own URL and the client's address from headers, which we set below for every request.
process.env.ADAPTER_PROTOCOL_HEADER = 'x-console-protocol'
process.env.ADAPTER_HOST_HEADER = 'x-console-host'
process.env.ADAPTER_ADDRESS_HEADER = 'x-console-address'
process.env.ADAPTER_BODY_SIZE_LIMIT = `${MAX_BODY}`
const { handler } = await built()

const securityHeaders = {
  // For everything but pages: SvelteKit replaces it there by the policy in vite.config.ts.
  'content-security-policy': "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  ...(protocol === 'https:' && { 'strict-transport-security': 'max-age=31536000' }),
}

const server = createServer((request, response) => {
  const consoleHost = ownHost(request.headers.host)
  request.headers['x-console-protocol'] = protocol.slice(0, -1)
  request.headers['x-console-host'] = consoleHost
  request.headers['x-console-address'] = clientAddress(request)
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
  request.on('error', () => undefined) // such as a client that hangs up: it is no error of ours
  refuseLateBody(request, response, { withinMs: BODY_TIMEOUT, refuse: () => endLate(request) })
  if (isForeignForm(request, `${protocol}//${consoleHost}`)) return refuseForeignForm(response, consoleUrl)
  handler(request, response, () => response.writeHead(404).end())
})

/** Ends the body as SvelteKit reads it, so that SvelteKit answers with the page for a late form. */
function endLate(request: IncomingMessage) {
  request.emit('error', new DOMException('The body of the request is late.', 'TimeoutError'))
}

/** The host of `CONSOLE_URL`, or another loopback name with the same port: forms sent from there are ours, too. */
function ownHost(host = '') {
  const own = new URL(consoleUrl)
  const asked = URL.parse(`http://${host}`)
  return asked && isLoopback(asked) && isLoopback(own) && asked.port === own.port ? asked.host : own.host
}

function clientAddress({ socket, headers }: IncomingMessage) {
  const forwardedFor = String(headers['x-forwarded-for'] ?? '')
  return forwardedAddress({ connection: socket.remoteAddress, forwardedFor }, isTrusted)
}

function isLoopback({ hostname }: URL) {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

let stopping = false
function stop() {
  if (stopping) return
  stopping = true
  server.close(() => process.exit(0))
  server.closeIdleConnections()
  setTimeout(() => server.closeAllConnections(), SHUTDOWN_TIMEOUT).unref()
}

process.on('SIGTERM', stop)
process.on('SIGINT', stop)
process.on('disconnect', stop)

server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EADDRINUSE') {
    end(`Port ${webPort} is taken: stop what uses it, or choose another one with WEB_PORT.`)
  }
  end(`The console can’t listen on ${host}:${webPort}: ${error.message}`)
})
server.listen(webPort, host, () => process.send?.({ ready: true }))
