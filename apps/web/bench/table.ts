import { median, type Timed } from '../test/support/clock.ts'

/** People perceive a response within this time as instant (Miller 1968, Nielsen 1993). */
const BOUND = 100 // ms

const line = (name: string, ...cells: string[]) =>
  console.log(name.padEnd(32) + cells.map((cell) => cell.padStart(12)).join(''))

export const printHead = () => line('ms', 'median', 'slowest', 'of 100 ms', 'the server')

/** Prints one row, and returns whether its median is within the bound. */
export function printRow(name: string, rounds: Timed[]): boolean {
  const totals = rounds.map(({ total }) => total)
  const [middle, server] = [median(totals), median(rounds.map((round) => round.server))]
  const share = `${((middle / BOUND) * 100).toFixed(0)} %`
  line(name, middle.toFixed(0), Math.max(...totals).toFixed(0), share, server ? server.toFixed(0) : '')
  return middle <= BOUND
}
