import { compareTotals, type Database, mendTotals } from '@project-keys/keys'
import { z } from 'zod'
import { readConfig } from '../config.ts'
import { messageOf } from '../process/start-faults.ts'
import { withDatabase } from './database.ts'

const USAGE = 'Usage: pnpm run doctor [--fix]'
const ADVICE = 'Lists show wrong totals, but no key is affected. Run `pnpm run doctor --fix` to correct them.'
const Tables = z.tuple([z.object({ made: z.boolean() })])

/** Compares the kept totals with a count and, with `fix`, corrects them. False if they still differ at the end. */
async function examine(db: Database, fix: boolean): Promise<boolean> {
  const [tables] = Tables.parse(await db.prisma.$queryRaw`SELECT to_regclass('project_keys') IS NOT NULL AS made`)
  if (!tables.made) throw new Error('There is no database yet: start Project Keys once.')

  const differences = await compareTotals(db)
  for (const { slug, kept, counted } of differences) {
    console.error(`Project ${slug}: the kept totals are ${kept} (active+revoked keys), but a count finds ${counted}.`)
  }
  if (differences.length === 0) {
    console.log('The kept totals of all projects are correct.')
    return true
  }
  if (!fix) {
    console.error(ADVICE)
    return false
  }
  await mendTotals(db)
  const left = await compareTotals(db)
  console.log(left.length === 0 ? 'The totals are corrected.' : 'The totals are still wrong after the correction.')
  return left.length === 0
}

try {
  const [option, ...more] = process.argv.slice(2)
  if ((option && option !== '--fix') || more.length > 0) throw new Error(USAGE)
  const well = await withDatabase(readConfig(process.env), (db) => examine(db, option === '--fix'))
  process.exitCode = well ? 0 : 1
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
