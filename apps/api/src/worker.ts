import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { appRouter, createCallerFactory, type Service, wholeSecond } from '@project-keys/keys'
import type { FastifyBaseLogger } from 'fastify'
import { createMetrics, type Metrics } from './metrics/metrics.ts'
import { countRuns, type Task } from './metrics/worker.ts'
import type { Tracing } from './tracing/tracing.ts'

type Options = {
  service: Omit<Service, 'document'>
  log: FastifyBaseLogger
  metrics?: Metrics
  /** Makes a span of each run. */
  trace?: Tracing['task'] | undefined
  sweepEveryMs?: number
  tellEveryMs?: number
}

/** The rate limits of several processes may differ by the requests of this time. */
const MERGE_EVERY_MS = 1000
/** A change is in the audit log within 2 s. */
const SEAL_EVERY_MS = 1000
/** Each chain is signed at most once a minute, at a time of its own. */
const SIGN_EVERY_MS = 10_000
const STOP_TIMEOUT_MS = 5000

/**
 * Runs the periodic jobs, which are procedures of the router. The process may be killed at any moment: the sweep is one
 * transaction, under a lock, so that only one process runs it, and each mail is taken before it is sent.
 */
export function startWorker({
  service,
  log,
  metrics = createMetrics(),
  trace = (_, work) => work(),
  sweepEveryMs = 60_000,
  tellEveryMs = 3_600_000,
}: Options) {
  const createCaller = createCallerFactory(appRouter)
  const ending = new AbortController()
  const caller = () =>
    createCaller(
      {
        ...service,
        document: () => ({}),
        requestId: randomUUID(),
        now: wholeSecond(new Date()),
        authorization: undefined,
        address: '',
        params: null,
        headers: {},
        worker: true,
      },
      { signal: ending.signal },
    )

  const count = countRuns(metrics)
  const jobOf = (task: Task, work: () => Promise<unknown>, failed: (err: unknown) => void) => async () => {
    try {
      await trace(task, work)
      count.run(task)
    } catch (err) {
      count.failure(task)
      failed(err)
    }
  }

  const sweep = jobOf(
    'sweep',
    async () => {
      const swept = await caller().maintenance.sweep()
      if (swept && Object.values(swept).some((count) => count > 0)) log.info(swept, 'swept')
    },
    (err) => log.warn({ err }, 'the sweep failed and will be retried'),
  )
  const merge = jobOf(
    'merge',
    () => caller().maintenance.mergeLimits(),
    (err) => log.debug({ err }, 'the rate limits were not merged and will be retried'),
  )
  const seal = jobOf(
    'seal',
    () => caller().maintenance.seal(),
    (err) => log.warn({ err }, 'the audit log was not sealed and will be retried'),
  )
  const sign = jobOf(
    'sign',
    async () => {
      const { broken } = await caller().maintenance.signHeads()
      for (const chain of broken) log.error({ chain }, 'the audit log was changed after its head was signed')
    },
    (err) => log.warn({ err }, 'the audit log was not signed and will be retried'),
  )
  const tell = jobOf(
    'tell',
    async () => {
      const told = await caller().maintenance.tellEnds()
      if (told.sent + told.failed > 0) log.info(told, 'told which keys end soon')
    },
    (err) => log.warn({ err }, 'people were not told which keys end soon; it will be retried'),
  )

  const jobs = [
    repeat(sweep, sweepEveryMs),
    repeat(merge, MERGE_EVERY_MS),
    repeat(seal, SEAL_EVERY_MS),
    repeat(sign, SIGN_EVERY_MS),
    repeat(tell, tellEveryMs),
  ]
  const stop = async () => {
    ending.abort()
    // A mail server that does not answer may hold up a mail for minutes.
    await Promise.race([Promise.all(jobs.map((job) => job.stop())), sleep(STOP_TIMEOUT_MS, null, { ref: false })])
  }
  return { stop }
}

/** Runs a job at once and then periodically, unless it still runs; `stop` waits for the current run. */
function repeat(job: () => Promise<void>, everyMs: number) {
  let running: Promise<void> | null = null
  const run = () => {
    running ??= job().finally(() => {
      running = null
    })
  }
  run()
  const timer = setInterval(run, everyMs)
  return {
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}
