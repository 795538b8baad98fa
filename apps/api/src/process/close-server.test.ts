import { once } from 'node:events'
import { connect } from 'node:net'
import fastify from 'fastify'
import { expect, test } from 'vitest'
import { closeServer } from './close-server.ts'

test('a connection that asks nothing holds up the end for as long as requests may take, and no longer', async () => {
  const app = fastify()
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const silent = connect(Number(new URL(address).port), '127.0.0.1')
  await once(silent, 'connect')
  const [began, closed] = [performance.now(), once(silent, 'close')]
  await closeServer(app, 300)
  await closed
  expect(performance.now() - began).toBeLessThan(5000)
})
