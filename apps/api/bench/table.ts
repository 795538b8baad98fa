import type { Measured } from './measure.ts'
import type { Comparison } from './scenarios.ts'

const WIDTHS = [30, 14, 14, 14, 12]

const line = (...cells: string[]) =>
  console.log(cells.map((cell, n) => (n < 2 ? cell.padEnd(WIDTHS[n] ?? 0) : cell.padStart(WIDTHS[n] ?? 0))).join(''))

export const printHead = () => line('', '', 'CPU µs/request', 'ratio', 'requests/s')

export function printRows({ title }: Comparison, [first, second]: readonly [Measured, Measured]) {
  line(title, first.name, first.cpu.toFixed(0), `${(first.cpu / second.cpu).toFixed(2)} ×`, first.rate.toFixed(0))
  line('', second.name, second.cpu.toFixed(0), '', second.rate.toFixed(0))
}
