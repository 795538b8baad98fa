import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { createTokens, wholeSecond } from '@project-keys/keys'
import { pinTo } from '../pin.ts'
import { checkOut, HERE } from './checkout.ts'
import { compare } from './compare.ts'
import { linesOf } from './lines.ts'
import { memory, type Parts } from './processes.ts'
import { startSide } from './side.ts'
import { printComparison, printHead, printMemory } from './table.ts'

// Compares these sources with a commit: `pnpm bench -- --against COMMIT`. It needs Linux, git, tar and the registry.

const { values } = parseArgs({
  args: process.argv.slice(2).filter((word) => word !== '--'),
  options: {
    against: { type: 'string' },
    rounds: { type: 'string', default: '15' },
    only: { type: 'string', default: '' },
  },
})
const { against: commit, only } = values
if (!commit) throw new Error('--against must name a commit.')

const SETUP = { secret: 'only for the benchmark, which deletes its data', consoleUrl: 'http://localhost:3000' }
await using ends = new AsyncDisposableStack()
const { folder, remove } = checkOut(commit)
ends.defer(remove)
const pinned = pinTo(0)
const before = await startSide(commit, folder, SETUP)
ends.defer(before.stop)
const after = await startSide('these sources', HERE, SETUP)
ends.defer(after.stop)
// Signed only now, because a token is not good for a user who came after it.
const now = wholeSecond(new Date())
const token = createTokens({ secret: SETUP.secret, issuer: `${SETUP.consoleUrl}/` }).sign({
  ...{ audience: 'client', email: 'owner@localhost', now, ttl: 4 * 3600 },
})

const apart = pinTo(1) && pinned

console.log(
  `${now.toISOString().slice(0, 10)}, Node ${process.version}, PostgreSQL ${after.version}, ${cpus().length} cores` +
    `${apart ? ': servers and databases on one, the load on another' : ''}. Before: ${commit}. Medians of ${values.rounds} rounds.`,
)
const linesBefore = linesOf({ token, ...before })
for (const connections of [16, 1]) {
  printHead(connections)
  for (const [n, line] of linesOf({ token, ...after }).entries()) {
    const former = linesBefore[n]
    if (!former || !line.title.toLowerCase().includes(only.toLowerCase())) continue
    const sides = { before: { ...before, line: former }, after: { ...after, line } }
    printComparison(line.title, await compare(sides, { connections, rounds: Number(values.rounds) }))
  }
}
const used = (side: { pid: number }): Parts => memory(side.pid)
printMemory(used(before), used(after))
