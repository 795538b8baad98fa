import { existsSync } from 'node:fs'
import { createTokens, openDatabase, signInLink, withEmbedded } from '@project-keys/keys'
import { z } from 'zod'
import { type Config, readConfig } from './config.ts'
import { readSecret } from './secret-key.ts'
import { databaseFault, explained, messageOf } from './start-faults.ts'

const NO_FIRST_RUN = 'There is no owner yet: start Project Keys once, which makes one and prints a sign-in link.'

const Tables = z.tuple([z.object({ made: z.boolean() })])

/** Prints a new sign-in link for the owner, whether the service runs or not. */
async function ownerLink(config: Config) {
  const secret = config.secretKey ?? (existsSync(config.dataDir) ? await readSecret(config.dataDir) : null)
  if (!secret) throw new Error(NO_FIRST_RUN)
  await (config.databaseUrl
    ? refuseUnknownOwner(config.databaseUrl, config).catch(explained(databaseFault))
    : withEmbedded({ folder: config.dataDir, log: console.error }, (url) => refuseUnknownOwner(url, config)))

  const tokens = createTokens({ secret, issuer: config.issuer })
  const { consoleUrl, ownerEmail: email } = config
  console.log(signInLink({ tokens, consoleUrl, email, now: new Date() }))
}

async function refuseUnknownOwner(url: string, { ownerEmail }: Config) {
  const db = openDatabase({ url })
  try {
    const tables = await db.prisma.$queryRaw`SELECT to_regclass('users') IS NOT NULL AS made`
    if (!Tables.parse(tables)[0].made) throw new Error(NO_FIRST_RUN)
    const owner = await db.prisma.user.findUnique({ where: { email: ownerEmail.toLowerCase() } })
    if (!owner)
      throw new Error(
        `Nobody here is ${ownerEmail}: set OWNER_EMAIL to the address that the first run was started with.`,
      )
    if (owner.locked) throw new Error(`${ownerEmail} is locked: another admin can unlock it.`)
  } finally {
    await db.close()
  }
}

try {
  await ownerLink(readConfig(process.env))
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
