import { appRouter, createCallerFactory } from '@project-keys/keys'
import type { Service } from './service.ts'

/** The worker's sweep, at the time of the service's clock. */
export const sweep = (service: Service) =>
  createCallerFactory(appRouter)({
    ...service,
    send: () => {},
    document: () => ({}),
    requestId: 'a sweep of the tests',
    now: service.clock.now,
    authorization: undefined,
    address: '',
    params: null,
    headers: {},
    worker: true,
  }).maintenance.sweep()
