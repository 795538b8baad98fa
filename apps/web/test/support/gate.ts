import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterAll } from 'vitest'
import { place } from './browser.ts'
import { freePorts } from './ports.ts'
import { end, startConsole } from './service.ts'

/** A console that reaches the API through a gate, which a test can shut: then the server is away. */
export async function startBehindGate() {
  const [gatePort = 0, webPort = 0] = await freePorts(2)
  const sockets = new Set<Socket>()
  let isOpen = true
  const gate = createServer((client) => {
    if (!isOpen) return client.destroy()
    const api = connect(Number(new URL(place.apiUrl).port), '127.0.0.1')
    for (const socket of [client, api]) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    }
    client.pipe(api).pipe(client)
  }).listen(gatePort, '127.0.0.1')
  await once(gate, 'listening')
  const console = await startConsole({ PORT: `${gatePort}`, WEB_PORT: `${webPort}`, CONSOLE_TOKEN: place.consoleToken })
  afterAll(async () => {
    await end(console)
    gate.close()
  })
  return {
    consoleUrl: `http://localhost:${webPort}`,
    shut() {
      isOpen = false
      for (const socket of sockets) socket.destroy()
    },
    open() {
      isOpen = true
    },
  }
}
