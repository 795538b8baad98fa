import { openConnection } from '../load.ts'
import type { Line } from './lines.ts'
import { between, cpuTimes } from './processes.ts'

/** A server that runs, and one line of its requests. */
export type Run = { port: number; pid: number; line: Line }
/** µs of CPU a request, of the server and of PostgreSQL, and the latencies of all requests in ms. */
type Round = { node: number; postgres: number; latencies: number[] }
export type Compared = { before: Cost; after: Cost; ratio: Spread }
export type Cost = { node: number; postgres: number; p99: number }
/** The middle of the ratios of all rounds, and where their middle half lies. */
export type Spread = { median: number; from: number; to: number }

type Options = { connections: number; rounds: number }

/** Rounds that do not count: V8 compiles what Prisma runs for a create only after some thousand of them. One is enough later. */
const WARM_UP = 8

/** Both sides take turns: which of them begins alternates, so that a slow minute of the machine is slow for both. */
export async function compare(sides: { before: Run; after: Run }, { connections, rounds }: Options): Promise<Compared> {
  const pairs: { before: Round; after: Round }[] = []
  const warmUp = connections === 1 ? 1 : WARM_UP
  for (let round = 0; round < warmUp + rounds; round++) {
    const first = round % 2 === 0 ? await runRound(sides.before, connections) : null
    const after = await runRound(sides.after, connections)
    pairs.push({ before: first ?? (await runRound(sides.before, connections)), after })
  }
  pairs.splice(0, warmUp)
  const ratios = pairs.map(({ before, after }) => (after.node + after.postgres) / (before.node + before.postgres))
  return {
    before: costOf(pairs.map(({ before }) => before)),
    after: costOf(pairs.map(({ after }) => after)),
    ratio: { median: quantile(ratios, 0.5), from: quantile(ratios, 0.25), to: quantile(ratios, 0.75) },
  }
}

async function runRound({ port, pid, line }: Run, count: number): Promise<Round> {
  const connections = await Promise.all(Array.from({ length: count }, () => openConnection(port)))
  const requests = Math.ceil(line.requests / (count === 1 ? 4 : 1))
  const latencies: number[] = []
  let left = requests
  const work = async ({ send }: (typeof connections)[number]) => {
    while (left-- > 0) {
      const began = performance.now()
      const { status, text } = await send(line.next())
      latencies.push(performance.now() - began)
      if (status !== line.status) throw new Error(`${line.title} is answered ${status}: ${text}`)
    }
  }
  const before = cpuTimes(pid)
  await Promise.all(connections.map(work))
  const { node, postgres } = between(before, cpuTimes(pid), pid)
  for (const { close } of connections) close()
  return { node: node / requests, postgres: postgres / requests, latencies }
}

const costOf = (rounds: Round[]): Cost => ({
  node: quantile(
    rounds.map(({ node }) => node),
    0.5,
  ),
  postgres: quantile(
    rounds.map(({ postgres }) => postgres),
    0.5,
  ),
  p99: quantile(
    rounds.flatMap(({ latencies }) => latencies),
    0.99,
  ),
})

const quantile = (numbers: number[], part: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) * part)] ?? Number.NaN
