import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { pinTo } from '../pin.ts'
import { checkOut, HERE } from './checkout.ts'
import { compare } from './compare.ts'
import { linesOf } from './lines.ts'
import { larger, memory } from './processes.ts'
import { ownerToken, SETUP } from './setup.ts'
import { startSide } from './side.ts'
import { printComparison, printHead, printMemory } from './table.ts'

// Compares these sources with a commit: `pnpm bench -- --against COMMIT`. It needs Linux, git, tar and the registry.

const { values } = parseArgs({
  options: {
    against: { type: 'string' },
    rounds: { type: 'string', default: '15' },
    only: { type: 'string', default: '' },
  },
})
const { against: commit, only } = values
if (!commit) throw new Error('--against must name a commit.')

await using ends = new AsyncDisposableStack()
const { folder, remove } = checkOut(commit)
ends.defer(remove)
const pinned = pinTo(0)
const before = await startSide(commit, folder, SETUP)
ends.defer(before.stop)
const after = await startSide('these sources', HERE, SETUP)
ends.defer(after.stop)
const token = ownerToken()
const apart = pinTo(1) && pinned

console.log(
  `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, PostgreSQL ${after.version}, ${cpus().length} cores` +
    `${apart ? ': servers and databases on one, the load on another' : ''}. Before: ${commit}. Medians of ${values.rounds} rounds.`,
)
const linesBefore = linesOf({ token, ...before })
const most = { before: { node: 0, postgres: 0 }, after: { node: 0, postgres: 0 } }
for (const connections of [16, 1]) {
  printHead(connections)
  for (const [n, line] of linesOf({ token, ...after }).entries()) {
    const former = linesBefore[n]
    if (!former || !line.title.toLowerCase().includes(only.toLowerCase())) continue
    const sides = { before: { ...before, line: former }, after: { ...after, line } }
    printComparison(line.title, await compare(sides, { connections, rounds: Number(values.rounds) }))
    // Right after a load, because V8 gives memory back when there is little to do.
    most.before = larger(most.before, memory(before.pid))
    most.after = larger(most.after, memory(after.pid))
  }
}
printMemory(most.before, most.after)
