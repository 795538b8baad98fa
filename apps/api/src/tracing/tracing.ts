import type { FastifyInstance } from 'fastify'

/** How spans are made; without it nothing is. */
export type Tracing = {
  /** A span for each request, from its head to the end of its response. Call it before other hooks are added. */
  requests: (app: FastifyInstance) => void
  /** A span for one run of a task of the worker. */
  task: <Result>(name: string, work: () => Promise<Result>) => Promise<Result>
  /** Sends the spans that are left, for at most a few seconds. */
  stop: () => Promise<void>
}
