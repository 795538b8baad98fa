import { createSecrets, createTokens, type Database, foldEmail, signInLink, wholeSecond } from '@project-keys/keys'
import { z } from 'zod'
import { type Config, readConfig } from '../config.ts'
import { readSecret } from '../process/secret-key.ts'
import { messageOf } from '../process/start-faults.ts'
import { withDatabase } from './database.ts'

const NO_FIRST_RUN = 'There is no owner yet: start Project Keys once to create one and get a sign-in link.'
const Tables = z.tuple([z.object({ made: z.boolean() })])

/** A new sign-in link for the owner, whether or not the service runs. */
async function ownerLink(config: Config) {
  const secret = config.secretKey ?? (await readSecret(config.dataDir))
  if (!secret) throw new Error(`${NO_FIRST_RUN} If you started it with a SECRET_KEY, set the same one here.`)
  await withDatabase(config, (db) => refuseUnknownOwner(db, config))

  const { consoleUrl, issuer, ownerEmail: email } = config
  const tokens = createTokens({ secrets: createSecrets(secret), issuer })
  return signInLink({ tokens, consoleUrl, email, now: wholeSecond(new Date()) })
}

async function refuseUnknownOwner({ prisma }: Database, { ownerEmail }: Config) {
  const [tables] = Tables.parse(await prisma.$queryRaw`SELECT to_regclass('users') IS NOT NULL AS made`)
  if (!tables.made) throw new Error(NO_FIRST_RUN)
  const owner = await prisma.user.findUnique({ where: { email: foldEmail(ownerEmail) } })
  if (!owner) {
    throw new Error(`There is no user ${ownerEmail}: set OWNER_EMAIL to the address of the first run.`)
  }
  if (owner.locked) throw new Error(`${ownerEmail} is locked: ask another admin to unlock it.`)
}

try {
  console.log(await ownerLink(readConfig(process.env)))
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
