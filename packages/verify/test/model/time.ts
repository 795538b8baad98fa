/** Time that goes by only as far as events need it, so that a minute of a model takes milliseconds. */
export function createTime() {
  const events: { at: number; order: number; run: () => void }[] = []
  let now = 0
  let order = 0

  const after = (ms: number, run: () => void) => {
    const event = { at: now + ms, order: order++, run }
    events.push(event)
    return () => {
      event.run = () => {}
    }
  }
  /** Runs what is due until then, each with all that follows from it at once. */
  const runUntil = async (end: number) => {
    for (;;) {
      const next = events.reduce<(typeof events)[number] | null>(
        (first, event) =>
          !first || event.at < first.at || (event.at === first.at && event.order < first.order) ? event : first,
        null,
      )
      if (!next || next.at > end) break
      events.splice(events.indexOf(next), 1)
      now = next.at
      next.run()
      await new Promise(setImmediate)
    }
    now = end
  }
  return { now: () => now, after, runUntil }
}

export type Time = ReturnType<typeof createTime>
