import { openConnection } from './load.ts'
import type { Comparison, Side } from './scenarios.ts'

const ROUNDS = 5
const CONNECTIONS = 16

/** `cpu`: microseconds of the server and of PostgreSQL for each request; `rate`: requests per second. */
export type Measured = { name: string; cpu: number; rate: number }

/** The medians of several rounds, in which the two sides take turns. The first round is a warm-up and does not count. */
export async function measure({ requests, sides: [first, second] }: Comparison, database: () => number) {
  const rounds: [Measured, Measured][] = []
  for (let round = 0; round <= ROUNDS; round++) {
    rounds.push([await runRound(first, requests, database), await runRound(second, requests, database)])
  }
  rounds.shift()
  return [medianOf(rounds.map(([side]) => side)), medianOf(rounds.map(([, side]) => side))] as const
}

async function runRound({ name, server, status, next }: Side, requests: number, database: () => number) {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => openConnection(server.port)))
  let left = requests
  const work = async ({ send }: (typeof connections)[number]) => {
    while (left-- > 0) {
      const request = next()
      const answer = await send(request)
      if (answer.status !== status)
        throw new Error(`${name}: ${request.method} ${request.path} is ${answer.status}: ${answer.text}`)
    }
  }
  const [cpu, began] = [(await server.cpu()) + database(), performance.now()]
  await Promise.all(connections.map(work))
  const seconds = (performance.now() - began) / 1000
  const used = (await server.cpu()) + database() - cpu
  for (const { close } of connections) close()
  return { name, cpu: used / requests, rate: requests / seconds }
}

const medianOf = (rounds: Measured[]): Measured => ({
  name: rounds[0]?.name ?? '',
  cpu: median(rounds.map(({ cpu }) => cpu)),
  rate: median(rounds.map(({ rate }) => rate)),
})

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
