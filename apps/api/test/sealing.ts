import { appRouter, createCallerFactory } from '@project-keys/keys'
import { type Service, START } from './service.ts'

/** Seals the events of what was changed since, as the worker does each second. */
export const seal = (service: Service): Promise<number> =>
  createCallerFactory(appRouter)({
    ...service,
    send: () => {},
    document: () => ({}),
    requestId: 'sealing',
    now: START,
    authorization: undefined,
    address: '',
    params: null,
    headers: {},
    worker: true,
  }).maintenance.seal()
