import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { forwardedAddress, readAddresses, trusting } from '@project-keys/network'
import { isForeignForm, refuseForeignForm } from './foreign-form.ts'

const PATIENCE = 5_000 // ms for requests in flight, once we are told to stop

type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

function addresses() {
  try {
    const proxies = process.env.TRUSTED_PROXIES?.split(',').filter(Boolean) ?? []
    return { ...readAddresses(process.env), isTrusted: trusting(proxies) }
  } catch (error) {
    return end(error instanceof Error ? error.message : String(error))
  }
}

/** What `vite build` made of `src`; there is none before the first build, so no type of it either. */
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

// The adapter learns from headers at which address it is seen; below we set them ourselves, for every request.
process.env.ADAPTER_PROTOCOL_HEADER = 'x-console-protocol'
process.env.ADAPTER_HOST_HEADER = 'x-console-host'
process.env.ADAPTER_ADDRESS_HEADER = 'x-console-address'
const { handler } = await built()

const everywhere = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  ...(protocol === 'https:' && { 'strict-transport-security': 'max-age=31536000' }),
}

const server = createServer((request, response) => {
  const seen = seenAs(request.headers.host)
  request.headers['x-console-protocol'] = protocol.slice(0, -1)
  request.headers['x-console-host'] = seen
  request.headers['x-console-address'] = clientAddress(request)
  for (const [name, value] of Object.entries(everywhere)) response.setHeader(name, value)
  if (isForeignForm(request, `${protocol}//${seen}`)) return refuseForeignForm(response, consoleUrl)
  handler(request, response, () => response.writeHead(404).end())
})

/** `CONSOLE_URL`'s host, or another name of this machine with the same port: a form sent from there is ours too. */
function seenAs(host = '') {
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
  setTimeout(() => server.closeAllConnections(), PATIENCE).unref()
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
