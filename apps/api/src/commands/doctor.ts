import { compareTotals, type Database, mendTotals } from '@project-keys/keys'
import { z } from 'zod'
import { type Config, readConfig } from '../config.ts'
import { sendTestMail } from '../mail/test-mail.ts'
import { messageOf } from '../process/start-faults.ts'
import { withDatabase } from './database.ts'

const USAGE = 'Usage: pnpm run doctor [--fix | --mail ADDRESS]'
const ADVICE = 'Lists show wrong totals, but no key is affected. Run `pnpm run doctor --fix` to correct them.'
const NO_MAIL_SERVER =
  'There is no mail server, so the service prints links instead of sending mails: set SMTP_URL, such as smtps://user:password@host, and MAIL_FROM.'
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

/** Sends a mail to the address, and says what the mail server answered. False if it did not accept the mail. */
async function tryMail({ smtpUrl, mailFrom: from }: Config, to: string | undefined): Promise<boolean> {
  if (to === undefined) throw new Error(USAGE)
  if (!z.regexes.html5Email.test(to)) throw new Error(`${to} must be an e-mail address, such as ada@example.com.`)
  if (smtpUrl === undefined) throw new Error(NO_MAIL_SERVER)
  const { accepted, says } = await sendTestMail({ smtpUrl, from, to })
  if (accepted) console.log(says)
  else console.error(says)
  return accepted
}

async function diagnose([option, value, ...more]: string[]): Promise<boolean> {
  const config = readConfig(process.env)
  if (option === '--mail' && more.length === 0) return tryMail(config, value)
  if ((option && option !== '--fix') || value !== undefined) throw new Error(USAGE)
  return withDatabase(config, (db) => examine(db, option === '--fix'))
}

try {
  process.exitCode = (await diagnose(process.argv.slice(2))) ? 0 : 1
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
