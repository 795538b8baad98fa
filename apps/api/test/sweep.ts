import { randomUUID } from 'node:crypto'
import { appRouter, createCallerFactory } from '@project-keys/keys'
import type { Service } from './service.ts'

const createCaller = createCallerFactory(appRouter)

/** Calls the router as the worker does, at this time. */
export const workerAt = ({ clock: _, ...service }: Service & { auditRetention?: number | undefined }, now: Date) =>
  createCaller({
    ...service,
    send: () => {},
    document: () => ({}),
    requestId: randomUUID(),
    now,
    authorization: undefined,
    address: '',
    params: null,
    headers: {},
    worker: true,
  })

/** Sweeps at the time of the service's clock. */
export const sweepNow = (service: Service) => workerAt(service, service.clock.now).maintenance.sweep()
