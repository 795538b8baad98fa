import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { refuseLateBody } from './late-body.ts'

const WITHIN_MS = 200
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

const isAddress = (address: string | AddressInfo | null): address is AddressInfo => typeof address === 'object'

/** Sends these pieces of a request, one after the other with a pause, and reads until the server closes. */
async function exchange(listener: RequestListener, pieces: string[], pauseMs = 0): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  const socket = connect({ port: isAddress(address) ? address.port : 0, host: '127.0.0.1' })
  const answer = text(socket)
  for (const piece of pieces) {
    if (socket.writable) socket.write(piece)
    await setTimeout(pauseMs)
  }
  return answer
}

const head = (...headers: string[]) => ['POST / HTTP/1.1', 'Host: here', ...headers, '', ''].join('\r\n')

/** A server that acts on each body that has arrived. */
function actor() {
  const acted: string[] = []
  const listener: RequestListener = async (request, response) => {
    let isRefused = false
    const refuse = () => {
      isRefused = true
      response.writeHead(408).end('late')
    }
    refuseLateBody(request, response, { withinMs: WITHIN_MS, refuse })
    const body = await text(request).catch(() => null)
    if (isRefused || body === null) return
    acted.push(body)
    response.end('done')
  }
  return { acted, listener }
}

test.each([
  ['that has a length', ['Content-Length: 4'], 'abc'],
  ['in chunks', ['Transfer-Encoding: chunked'], '3\r\nabc\r\n'],
  ['of which nothing has arrived', ['Content-Length: 4'], ''],
])('a late body %s is refused with 408, and its connection closed', async (_, headers, part) => {
  const { acted, listener } = actor()
  const answer = await exchange(listener, [head(...headers) + part])
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  expect(answer).toMatch(/^connection: close\r$/im)
  expect(acted).toEqual([])
})

test('a body that trickles gets no more time than one that stops', async () => {
  const { acted, listener } = actor()
  const answer = await exchange(listener, [head('Content-Length: 100'), ...Array(10).fill('x')], WITHIN_MS / 5)
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  expect(acted).toEqual([])
})

test('a body in time is answered, and its connection is good for another request', async () => {
  const { acted, listener } = actor()
  const first = [head('Content-Length: 4'), 'ab', 'cd']
  const answer = await exchange(
    listener,
    [...first, head('Content-Length: 2', 'Connection: close'), 'ef'],
    WITHIN_MS / 4,
  )
  expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
  expect(acted).toEqual(['abcd', 'ef'])
})

test('an answer may take longer than the time of the body', async () => {
  const listener: RequestListener = async (request, response) => {
    const refuse = () => response.writeHead(408).end()
    refuseLateBody(request, response, { withinMs: WITHIN_MS, refuse })
    await setTimeout(WITHIN_MS * 2)
    response.end('done')
  }
  for (const body of ['', 'abcd']) {
    const request = head(`Content-Length: ${body.length}`, 'Connection: close') + body
    expect(await exchange(listener, [request])).toMatch(/^HTTP\/1\.1 200 /)
  }
})

test('the connection of a request that was answered before its body is closed at the same time', async () => {
  const listener: RequestListener = (request, response) => {
    refuseLateBody(request, response, { withinMs: WITHIN_MS, refuse: () => response.writeHead(408).end() })
    response.end('early')
  }
  const began = performance.now()
  expect(await exchange(listener, [head('Content-Length: 4')])).toMatch(/^HTTP\/1\.1 200 /)
  expect(performance.now() - began).toBeLessThan(WITHIN_MS * 10)
})
