import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

type Named = { name: string; help: string }
/** All values of the label are given, so that the number of series is known and each one begins at zero. */
type Labelled<Value extends string> = Named & { label: string; values: readonly Value[] }
type ReadEach<Value extends string> = Labelled<Value> & { read: (value: Value) => number }

/** The library's own metrics whose series come and go with what the process does. */
const UNBOUNDED = [
  'nodejs_active_handles',
  'nodejs_active_requests',
  'nodejs_active_resources',
  'nodejs_gc_duration_seconds',
]

/** The content of /metrics, for this process. The names begin with `project_keys_`, except those of Node.js and the process. */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const name of UNBOUNDED) registry.removeSingleMetric(name)
  const given = ({ name, help }: Named) => ({ name: `project_keys_${name}`, help, registers: [registry] })

  /** Returns how to count one more of a value. */
  const counter = <Value extends string>({ label, values, ...named }: Labelled<Value>): ((value: Value) => void) => {
    const series = new Counter({ ...given(named), labelNames: [label] })
    for (const value of values) series.inc({ [label]: value }, 0)
    return (value) => series.inc({ [label]: value })
  }

  /** Counts by labels whose values the caller must bound. */
  const counterOf = <Label extends string>({ labels, ...named }: Named & { labels: readonly Label[] }) => {
    const series = new Counter({ ...given(named), labelNames: labels })
    return (values: Record<Label, string>) => series.inc(values)
  }

  /** Of a number that only grows and that somebody else counts. */
  const counterFrom = (named: Named & { read: () => number }) => {
    const series = new Counter({
      ...given(named),
      collect: (): void => {
        series.reset()
        series.inc(named.read())
      },
    })
  }

  /** The same for each value of a label. */
  const countersFrom = <Value extends string>({ label, values, read, ...named }: ReadEach<Value>) => {
    const series = new Counter({
      ...given(named),
      labelNames: [label],
      collect: (): void => {
        series.reset()
        for (const value of values) series.inc({ [label]: value }, read(value))
      },
    })
  }

  /** Returns how to observe seconds. */
  const histogram = <Value extends string>({
    label,
    values,
    buckets,
    ...named
  }: Labelled<Value> & { buckets: number[] }) => {
    const series = new Histogram({ ...given(named), labelNames: [label], buckets })
    for (const value of values) series.zero({ [label]: value })
    return (value: Value, seconds: number) => series.observe({ [label]: value }, seconds)
  }

  /** A number that is read when it is asked for. */
  const gauge = (named: Named & { read: () => number }) => {
    const series = new Gauge({ ...given(named), collect: (): void => series.set(named.read()) })
  }

  /** The same for each value of a label. */
  const gauges = <Value extends string>({ label, values, read, ...named }: ReadEach<Value>) => {
    const series = new Gauge({
      ...given(named),
      labelNames: [label],
      collect: () => {
        for (const value of values) series.set({ [label]: value }, read(value))
      },
    })
  }

  const text = () => registry.metrics()
  return {
    counter,
    counterOf,
    counterFrom,
    countersFrom,
    histogram,
    gauge,
    gauges,
    text,
    contentType: registry.contentType,
  }
}
