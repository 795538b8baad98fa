import { Socket } from 'node:net'
import pg from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import { batchingSocket } from '../src/batching-socket.ts'
import { createPipeline } from '../src/pipeline.ts'
import { createWorld } from './world.ts'

const { url } = await createWorld()

const numbers = Array.from({ length: 20 }, (_, n) => n)
const one = { name: 'one', text: 'SELECT 1 AS one', values: [] }

/** A connection of pg's over a batching socket, after its first query, which is the one that prepares the statement. */
async function connect() {
  const socket = batchingSocket()
  const client = new pg.Client({ connectionString: url, pipeline: true, stream: () => socket })
  await client.connect()
  onTestFinished(() => client.end())
  await client.query(one)
  return { socket, query: () => client.query(one) }
}

/** How often a socket hands data to the system: Node calls `_write` for one chunk and `_writev` for several. */
function countWrites(socket: Socket) {
  const spies = [vi.spyOn(socket, '_write'), vi.spyOn(socket, '_writev')]
  onTestFinished(() => spies.forEach((spy) => void spy.mockRestore()))
  return () => spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0)
}

test('pg corks the socket once for each query, which batching relies on', async () => {
  const { socket, query } = await connect()
  const cork = vi.spyOn(socket, 'cork')
  await Promise.all(numbers.map(query))
  expect(cork).toHaveBeenCalledTimes(numbers.length)
})

test('the queries of one turn leave in one write, and those of a later turn in another', async () => {
  const { socket, query } = await connect()
  const writes = countWrites(socket)
  for (const turns of [1, 2]) {
    await Promise.all(numbers.map(query))
    expect(writes()).toBe(turns)
  }
})

test('a query leaves at the end of the turn that sent it, without waiting for another one', async () => {
  const { socket, query } = await connect()
  const before = socket.bytesWritten
  const answer = query()
  expect(socket.writableCorked).toBe(1)
  await new Promise(setImmediate)
  expect(socket.writableCorked).toBe(0)
  expect(socket.bytesWritten).toBeGreaterThan(before)
  await answer
})

test('the reads of a pipeline in one turn leave in one write', async () => {
  const pipeline = createPipeline({ connectionString: url }, { connections: 1, log: () => {} })
  onTestFinished(pipeline.close)
  await pipeline.read(one)
  const writes = countWrites(Socket.prototype)
  expect(await Promise.all(numbers.map(() => pipeline.read(one)))).toEqual(numbers.map(() => [{ one: 1 }]))
  expect(writes()).toBe(1)
})
