import type { DatabaseSync } from 'node:sqlite'
import type pg from 'pg'
import { z } from 'zod'
import { BY_SERVICE, stampOf } from '../database/act.ts'
import { inLongTransaction, openWorker } from '../database/long-work.ts'
import { migrate } from '../database/migrate.ts'
import type { DatabasePlace } from '../database/target.ts'
import { Name } from '../fields/fields.ts'
import { FIRST_ROWS_LOCK } from '../server/first-run.ts'
import type { BencherFile } from './bencher-file.ts'
import { countRows, KINDS, type Kind, type Row, readRepeated, readRows, readWithoutPlace } from './bencher-rows.ts'
import { hereText, insertText, revokedThereText, takenText } from './stored.ts'

/** So many rows are in one statement. */
const BATCH = 1000

/** A row that cannot be stored, because another one has what only one may have. */
export type Clash = { kind: Kind; uuid: string; field: string; value: string; by: string }
export type Counts = { inFile: number; here: number; leftOut: number }
export type Report = {
  counts: Map<Kind, Counts>
  clashes: Clash[]
  /** Names that are kept, although a new thing may not have them. */
  oddNames: { kind: Kind; uuid: string; fault: string }[]
  /** Keys that are revoked in the file and stay active here. */
  revokedThere: { kind: Kind; uuid: string }[]
  withoutPlace: { what: string; count: number }[]
  /** Whether the rows were written. They are not if there are clashes that were not to be left out. */
  written: boolean
}

type Options = {
  /** Where to write. Null: nowhere, as if nothing were there. */
  place: DatabasePlace | null
  dryRun: boolean
  /** Leaves out rows that clash, and what belongs to them. */
  skip: boolean
  /** Takes what people may know of the progress. */
  tell: (sentence: string) => void
}

/**
 * Adds the rows of a Bencher database to this one, all or none. Rows that are here, by their UUID, stay as they are.
 * @throws an Error for people if a value in the file is not as Bencher writes it, or if the file changes meanwhile
 */
export async function importBencher(file: BencherFile, { place, dryRun, skip, tell }: Options): Promise<Report> {
  if (!place) return examine(file, { client: null, tell })
  if (!dryRun) await migrate({ ...place, tell, othersTimeout: 0 })
  const client = await openWorker(place, 'project-keys-import')
  try {
    if (!(await isMigrated(client))) return await examine(file, { client: null, tell })
    const addAll = async () => {
      // Holds back a first run and other imports until the end.
      await client.query('SELECT pg_advisory_xact_lock($1)', [FIRST_ROWS_LOCK])
      const report = await examine(file, { client, tell })
      if (dryRun || (report.clashes.length > 0 && !skip)) return report
      await write(file, { client, report, tell })
      return { ...report, written: true }
    }
    return await inLongTransaction(client, addAll, { keep: ({ written }) => written })
  } finally {
    await client.end()
  }
}

const Tables = z.tuple([z.object({ any: z.boolean(), latest: z.boolean() })])
/** False if there is nothing at all. */
async function isMigrated(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT to_regclass('users') IS NOT NULL AS any, to_regclass('project_key_rotations') IS NOT NULL AS latest`,
  )
  const [{ any, latest }] = Tables.parse(rows)
  if (any && !latest) throw new Error('The database is of an older version: start Project Keys once, and try again.')
  return any
}

type Examining = { client: pg.Client | null; tell: (sentence: string) => void }

/** Reads all of the file and asks what of it is here, without writing anything. */
async function examine({ db }: BencherFile, { client, tell }: Examining): Promise<Report> {
  const clashes: Clash[] = readRepeated(db)
  const left = leftOut(clashes)
  const oddNames: Report['oddNames'] = []
  const revokedThere: Report['revokedThere'] = []
  const counts = new Map<Kind, Counts>()
  for (const kind of KINDS) {
    const counted = { inFile: countRows(db, kind), here: 0, leftOut: 0 }
    for await (const rows of progressing(db, kind, counted.inFile, { verb: 'Examined', tell })) {
      oddNames.push(...rows.flatMap((row) => oddName(kind, row)))
      const taken = await readTaken(client, kind, rows)
      clashes.push(...taken)
      left.add(taken)
      const good = rows.filter(left.keeps)
      counted.leftOut += rows.length - good.length
      counted.here += await countHere(client, kind, good)
      revokedThere.push(...(await readRevokedThere(client, kind, rows)))
    }
    counts.set(kind, counted)
  }
  return { counts, clashes, oddNames, revokedThere, withoutPlace: readWithoutPlace(db), written: false }
}

const NOTHING: Counts = { inFile: 0, here: 0, leftOut: 0 }
type Writing = { client: pg.Client; report: Report; tell: (sentence: string) => void }

async function write(file: BencherFile, { client, report, tell }: Writing) {
  await client.query(`SELECT set_config('project_keys.audit', $1, true)`, [stampOf(BY_SERVICE)])
  const left = leftOut(report.clashes)
  for (const kind of KINDS) {
    const { inFile, here, leftOut: out } = report.counts.get(kind) ?? NOTHING
    let added = 0
    for await (const rows of progressing(file.db, kind, inFile, { verb: 'Wrote', tell })) {
      const good = rows.filter(left.keeps).map(left.withoutLeftOut)
      const { rowCount } = await client.query(insertText(kind), [JSON.stringify(good)])
      added += rowCount ?? 0
    }
    if (added !== inFile - here - out)
      throw new Error('The database changed meanwhile: nothing was written. Try again.')
  }
  if (!(await file.isUnchanged())) {
    throw new Error('The file changed while it was read: nothing was written. Stop Bencher, and try again.')
  }
  await client.query('SELECT tell_everything_changed()')
}

/** What is left out: rows that clash, and what belongs to them. A key stays, without its maker. */
function leftOut(clashes: Clash[]) {
  const out = new Set<unknown>(clashes.map(({ uuid }) => uuid))
  const add = (more: Clash[]) => {
    for (const { uuid } of more) out.add(uuid)
  }
  const keeps = ({ uuid, organization, project, user }: Row): boolean => {
    if (![uuid, organization, project, user].some((each) => each !== undefined && out.has(each))) return true
    if (uuid !== undefined) out.add(uuid)
    return false
  }
  const withoutLeftOut = (row: Row): Row => (out.has(row.creator) ? { ...row, creator: null } : row)
  return { add, keeps, withoutLeftOut }
}

type Progress = { verb: string; tell: (sentence: string) => void }
const TOLD_EACH = 20 // batches

async function* progressing(db: DatabaseSync, kind: Kind, total: number, { verb, tell }: Progress) {
  let [done, batches] = [0, 0]
  for (const rows of readRows(db, kind, BATCH)) {
    yield rows
    done += rows.length
    batches += 1
    if (batches % TOLD_EACH === 0) tell(`${verb} ${done} of ${total} ${kind.replace('_', ' ')}.`)
  }
}

function oddName(kind: Kind, { uuid, name }: Row) {
  if (typeof name !== 'string' || typeof uuid !== 'string') return []
  const { error } = Name.safeParse(name)
  return error ? [{ kind, uuid, fault: error.issues[0]?.message ?? '' }] : []
}

const Taken = z.array(z.object({ uuid: z.string(), field: z.string(), value: z.string(), by: z.string() }))
async function readTaken(client: pg.Client | null, kind: Kind, rows: Row[]): Promise<Clash[]> {
  const text = takenText(kind)
  if (!client || !text) return []
  const { rows: taken } = await client.query(text, [JSON.stringify(rows)])
  return Taken.parse(taken).map((clash) => ({ ...clash, kind }))
}

const Here = z.tuple([z.object({ here: z.int() })])
async function countHere(client: pg.Client | null, kind: Kind, rows: Row[]): Promise<number> {
  if (!client) return 0
  const { rows: counted } = await client.query(hereText(kind), [JSON.stringify(rows)])
  return Here.parse(counted)[0].here
}

const Uuids = z.array(z.object({ uuid: z.string() }))
async function readRevokedThere(client: pg.Client | null, kind: Kind, rows: Row[]) {
  if (!client || (kind !== 'project_keys' && kind !== 'user_keys')) return []
  const { rows: found } = await client.query(revokedThereText(kind), [JSON.stringify(rows)])
  return Uuids.parse(found).map(({ uuid }) => ({ kind, uuid }))
}
