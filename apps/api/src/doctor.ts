import { compareTotals } from '@project-keys/keys'
import { readConfig } from './config.ts'
import { withDatabase } from './database.ts'
import { messageOf } from './start-faults.ts'

/** Compares what is kept with what is counted, and ends with exit code 1 where they differ. */
async function examine() {
  const differences = await withDatabase(readConfig(process.env), compareTotals)
  for (const { slug, kept, counted } of differences) {
    console.error(
      `The totals of project ${slug} are kept as ${kept} active and revoked keys, and counted as ${counted}.`,
    )
  }
  if (differences.length > 0) process.exitCode = 1
  else console.log('All is well: the kept totals of every project are what a count finds.')
}

try {
  await examine()
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
