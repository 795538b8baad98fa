import { randomUUID } from 'node:crypto'
import { appRouter, createCallerFactory } from '@project-keys/keys'
import type { Service } from './service.ts'

const createCaller = createCallerFactory(appRouter)

/** Sweeps as the worker does, at the time of the service's clock. */
export const sweepNow = ({ clock, ...service }: Service) =>
  createCaller({
    ...service,
    send: () => {},
    document: () => ({}),
    requestId: randomUUID(),
    now: clock.now,
    authorization: undefined,
    address: '',
    params: null,
    headers: {},
    worker: true,
  }).maintenance.sweep()
