import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { afterAll, expect, test } from 'vitest'
import { place, rest } from './support/browser.ts'
import { freePorts } from './support/ports.ts'
import { end, startConsole } from './support/service.ts'

const [port = 0, webPort = 0] = await freePorts(2)
let parts = 0
/** The API, but that it is away when an export asks for its second part. */
const api = createServer((incoming, outgoing) => {
  if (incoming.url?.includes('exportSelected') && ++parts === 2) return incoming.socket.destroy()
  const { hostname, port } = new URL(place.apiUrl)
  const { method, url, headers } = incoming
  const forwarded = request({ hostname, port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
    answer.pipe(outgoing)
  })
  incoming.pipe(forwarded)
}).listen(port, '127.0.0.1')
await once(api, 'listening')
const web = await startConsole({ PORT: `${port}`, WEB_PORT: `${webPort}`, CONSOLE_TOKEN: place.consoleToken })
afterAll(async () => {
  await end(web)
  api.close()
})

test('an export that breaks is a broken connection, never a shorter file that ends well', async () => {
  const project = await rest.createProject()
  for (let index = 0; index < 1_050; index += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, place) => rest.createKey(project, `key-${index + place}`)))
  }
  const file = `http://localhost:${webPort}/projects/${project}/keys/export?format=csv`
  const headers = { cookie: `session=${rest.session(place.owner, 300)}` }
  const read = async () => (await fetch(file, { headers })).text()
  await expect(read()).rejects.toThrow()
  expect(parts).toBe(2)
  expect((await read()).trim().split('\r\n')).toHaveLength(1_051)
})
