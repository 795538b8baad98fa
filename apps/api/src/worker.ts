import { randomUUID } from 'node:crypto'
import { appRouter, createCallerFactory, type Service, wholeSecond } from '@project-keys/keys'
import type { FastifyBaseLogger } from 'fastify'

type Options = { service: Omit<Service, 'document'>; log: FastifyBaseLogger; everyMs?: number }

/**
 * The periodic jobs, by the same procedures that the API has. Each is done by one process only, however many run, and
 * may be killed at any moment: the lock and the work are one transaction.
 */
export function startWorker({ service, log, everyMs = 60_000 }: Options) {
  const createCaller = createCallerFactory(appRouter)
  const caller = () =>
    createCaller({
      ...service,
      document: () => ({}),
      requestId: randomUUID(),
      now: wholeSecond(new Date()),
      authorization: undefined,
      headers: {},
      worker: true,
    })

  const sweep = async () => {
    try {
      const swept = await caller().maintenance.sweep()
      if (swept && swept.tokens + swept.signUps > 0) log.info(swept, 'swept')
    } catch (err) {
      log.warn({ err }, 'the sweep failed; it is tried again')
    }
  }

  let running = sweep()
  const timer = setInterval(() => {
    running = running.then(sweep)
  }, everyMs)
  return {
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}
