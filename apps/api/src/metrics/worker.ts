import type { Metrics } from './metrics.ts'

const TASKS = ['sweep', 'merge', 'seal', 'sign', 'tell'] as const
export type Task = (typeof TASKS)[number]

/** Counts the runs of the worker's periodic tasks: those that succeeded, and those that failed and will be retried. */
export function countRuns({ counter }: Metrics) {
  const each = { label: 'task', values: TASKS } as const
  return {
    run: counter({ name: 'worker_runs_total', help: 'The runs of a task that succeeded.', ...each }),
    failure: counter({ name: 'worker_failures_total', help: 'The runs of a task that failed.', ...each }),
  }
}
