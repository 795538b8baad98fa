import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Clash, type ImportedKind, importBencher, openBencherFile, type Report } from '@project-keys/keys'
import { type Config, readConfig } from '../config.ts'
import { messageOf } from '../process/start-faults.ts'
import { atDatabase } from './database.ts'

const USAGE = `Usage: pnpm run import-bencher FILE [--dry-run] [--skip]
  FILE       the SQLite file of a Bencher v0.6.12 server that is stopped, or a copy of it
  --dry-run  reports and writes nothing
  --skip     leaves out rows that clash with others here, and what belongs to them`
/** So many rows of a list are shown. */
const SHOWN = 20

type Command = { path: string; dryRun: boolean; skip: boolean }

function readCommand(args: string[]): Command {
  try {
    const options = { 'dry-run': { type: 'boolean' }, skip: { type: 'boolean' } } as const
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    const [path, ...more] = positionals
    if (!path || more.length > 0) throw new Error('FILE must be given once.')
    return { path, dryRun: values['dry-run'] ?? false, skip: values.skip ?? false }
  } catch (cause) {
    throw new Error(`${messageOf(cause)}\n${USAGE}`, { cause })
  }
}

async function run(config: Config, { path, dryRun, skip }: Command): Promise<Report> {
  const file = await openBencherFile(path)
  const importTo = (place: Parameters<typeof importBencher>[1]['place']) =>
    importBencher(file, { place, dryRun, skip, tell: console.error })
  try {
    // Without a data folder nothing is here yet, and a dry run makes none.
    const isNew = !config.databaseUrl && !existsSync(config.dataDir)
    return dryRun && isNew ? await importTo(null) : await atDatabase(config, importTo)
  } finally {
    file.close()
  }
}

function show({ counts, clashes, oddNames, revokedThere, withoutPlace, written }: Report, { dryRun }: Command) {
  const word = written ? 'added' : 'to add'
  console.log(`${'in the file'.padStart(34)}${word.padStart(10)}${'here'.padStart(10)}${'left out'.padStart(10)}`)
  for (const [kind, { inFile, here, leftOut }] of counts) {
    const numbers = [inFile - here - leftOut, here, leftOut].map((number) => String(number).padStart(10)).join('')
    console.log(`${LABELS[kind].padEnd(23)}${String(inFile).padStart(11)}${numbers}`)
  }
  for (const { what, count } of withoutPlace) if (count > 0) console.log(`No place here: ${count} ${what}.`)
  list(
    'Kept, although a new thing may not have this name',
    oddNames,
    ({ kind, uuid, fault }) => `${kind} ${uuid}: ${fault}`,
  )
  list(
    'Revoked in the file, but active here, where the import changes nothing: revoke them',
    revokedThere,
    ({ kind, uuid }) => `${kind} ${uuid}`,
  )
  list(written ? 'Left out' : 'Taken by another row', clashes, sentenceOf)
  if (written) console.log('Imported.')
  else if (dryRun) console.log('A dry run: nothing was written.')
  else console.error('Nothing was written. Change those rows, here or there, or leave them out by --skip.')
}

const LABELS: Record<ImportedKind, string> = {
  users: 'users',
  organizations: 'organizations',
  organization_members: 'roles in organizations',
  projects: 'projects',
  project_members: 'roles in projects',
  project_keys: 'project keys',
  user_keys: 'user keys',
  spent_tokens: 'revoked JWTs',
}

/** A hash is cut, because a report is no place for all of it. */
const sentenceOf = ({ kind, uuid, field, value, by }: Clash) =>
  `${LABELS[kind]} ${uuid}: the ${field} ${field === 'hash' ? `${value.slice(0, 8)}…` : value} is that of ${by}`

function list<Item>(title: string, items: Item[], sentenceOf: (item: Item) => string) {
  if (items.length === 0) return
  console.log(`${title} (${items.length}):`)
  for (const item of items.slice(0, SHOWN)) console.log(`  ${sentenceOf(item)}`)
  if (items.length > SHOWN) console.log(`  … and ${items.length - SHOWN} more`)
}

try {
  const command = readCommand(process.argv.slice(2))
  const report = await run(readConfig(process.env), command)
  show(report, command)
  process.exitCode = report.written || (command.dryRun && (command.skip || report.clashes.length === 0)) ? 0 : 1
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
