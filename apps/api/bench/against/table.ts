import type { Compared, Cost } from './compare.ts'
import type { Parts } from './processes.ts'

const line = (title: string, ...cells: string[]) =>
  console.log(title.padEnd(24) + cells.map((cell) => cell.padStart(18)).join(''))

export const printHead = (connections: number) =>
  line(`\n${connections} connections`, 'before, CPU µs', 'after, CPU µs', 'ratio', 'middle half', 'p99 ms', 'p99 ratio')

export function printComparison(title: string, { before, after, ratio }: Compared) {
  const cost = ({ node, postgres }: Cost) => `${node.toFixed(0)} + ${postgres.toFixed(0)}`
  const spread = `${ratio.from.toFixed(2)} to ${ratio.to.toFixed(2)}`
  const p99 = `${before.p99.toFixed(1)}, ${after.p99.toFixed(1)}`
  line(title, cost(before), cost(after), ratio.median.toFixed(2), spread, p99, (after.p99 / before.p99).toFixed(2))
}

export function printMemory(before: Parts, after: Parts) {
  const size = ({ node, postgres }: Parts) => `${mib(node)} + ${mib(postgres)}`
  const ratio = (after.node + after.postgres) / (before.node + before.postgres)
  line('\nMemory at most, MiB (PSS)', size(before), size(after), ratio.toFixed(2))
}

const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0)
