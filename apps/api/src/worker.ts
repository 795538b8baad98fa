import { randomUUID } from 'node:crypto'
import { appRouter, createCallerFactory, type Service, wholeSecond } from '@project-keys/keys'
import type { FastifyBaseLogger } from 'fastify'

type Options = { service: Omit<Service, 'document'>; log: FastifyBaseLogger; sweepEveryMs?: number }

/** How far the counts of several processes may be apart. */
const MERGE_EVERY_MS = 1000

/**
 * The periodic jobs, by the same procedures that the API has. Each is done by one process only, however many run, and
 * may be killed at any moment: the lock and the work are one transaction.
 */
export function startWorker({ service, log, sweepEveryMs = 60_000 }: Options) {
  const createCaller = createCallerFactory(appRouter)
  const caller = () =>
    createCaller({
      ...service,
      document: () => ({}),
      requestId: randomUUID(),
      now: wholeSecond(new Date()),
      authorization: undefined,
      address: '',
      params: null,
      headers: {},
      worker: true,
    })

  const sweep = async () => {
    try {
      const swept = await caller().maintenance.sweep()
      if (swept && Object.values(swept).some((count) => count > 0)) log.info(swept, 'swept')
    } catch (err) {
      log.warn({ err }, 'the sweep failed; it is tried again')
    }
  }

  const merge = async () => {
    try {
      await service.limits.merge(new Date())
    } catch (err) {
      log.debug({ err }, 'the counts of attempts wait for the database')
    }
  }

  const jobs = [repeat(sweep, sweepEveryMs), repeat(merge, MERGE_EVERY_MS)]
  return { stop: async () => void (await Promise.all(jobs.map((job) => job.stop()))) }
}

/** Runs a job now and then again and again, never twice at once; stopping waits for the one that runs. */
function repeat(job: () => Promise<void>, everyMs: number) {
  let running = job()
  const timer = setInterval(() => {
    running = running.then(job)
  }, everyMs)
  return {
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}
