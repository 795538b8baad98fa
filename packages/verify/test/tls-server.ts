import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { afterAll } from 'vitest'

/** A private authority and a server's certificate from it, for `localhost`; null where there is no openssl. */
export function makeCertificates() {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'))
  afterAll(() => rm(folder, { recursive: true }))
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  try {
    openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=A private authority')
    openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost')
    openssl(
      'x509',
      '-req',
      '-in',
      'server.csr',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      'server.pem',
    )
  } catch {
    return null
  }
  const read = (name: string) => readFileSync(join(folder, name))
  return { ca: join(folder, 'ca.pem'), key: read('server.key'), cert: read('server.pem') }
}

type Certificates = NonNullable<ReturnType<typeof makeCertificates>>

/** Speaks TLS as PostgreSQL does, in front of a PostgreSQL that does not; without certificates it offers none. */
export async function startTlsServer(databaseUrl: string, certificates: Certificates | null) {
  const { hostname, port, searchParams } = new URL(databaseUrl)
  const host = searchParams.get('host')
  const target = host ? { path: `${host}/.s.PGSQL.${port || 5432}` } : { host: hostname, port: Number(port) }
  const sockets = new Set<Socket>()
  const seen = { encrypted: 0, plain: 0 }
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    const forward = (client: Socket, first: Buffer | null) => {
      const database = connect(target)
      sockets.add(database.on('error', () => {}))
      if (first) database.write(first)
      client.pipe(database).pipe(client)
    }
    const greet = (first: Buffer) => {
      const asksForTls = first.length === 8 && first.readInt32BE(4) === 80877103
      if (!asksForTls) {
        seen.plain += 1
        return forward(socket, first)
      }
      socket.write(certificates ? 'S' : 'N')
      if (!certificates) return socket.once('data', greet)
      seen.encrypted += 1
      forward(
        new TLSSocket(socket, { isServer: true, ...certificates }).on('error', () => {}),
        null,
      )
    }
    socket.once('data', greet)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  afterAll(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const url = (parameters: string, at = 'localhost') => {
    const made = new URL(databaseUrl)
    made.hostname = at
    made.port = String(address && typeof address === 'object' ? address.port : 0)
    made.search = parameters
    return made.href
  }
  return { url, seen }
}
