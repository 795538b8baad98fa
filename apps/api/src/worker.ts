import { randomUUID } from 'node:crypto'
import { appRouter, createCallerFactory, type Service, wholeSecond } from '@project-keys/keys'
import type { FastifyBaseLogger } from 'fastify'

type Options = { service: Omit<Service, 'document'>; log: FastifyBaseLogger; sweepEveryMs?: number }

/** The rate limits of several processes may differ by the requests of this time. */
const MERGE_EVERY_MS = 1000

/**
 * Runs the periodic jobs, which are procedures of the router. The process may be killed at any moment, because each job
 * is one transaction; the sweep takes a lock, so that only one process runs it.
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
      log.warn({ err }, 'the sweep failed and will be retried')
    }
  }

  const merge = async () => {
    try {
      await caller().maintenance.mergeLimits()
    } catch (err) {
      log.debug({ err }, 'the rate limits were not merged and will be retried')
    }
  }

  const jobs = [repeat(sweep, sweepEveryMs), repeat(merge, MERGE_EVERY_MS)]
  return { stop: async () => void (await Promise.all(jobs.map((job) => job.stop()))) }
}

/** Runs a job at once and then periodically, never twice at a time; `stop` waits for the current run. */
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
