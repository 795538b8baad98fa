import type pg from 'pg'
import { connectionSettings, createOpener, openClient } from './connect.ts'
import { createLooker, type Look } from './looks.ts'
import { reasonOf } from './not-primary.ts'
import { findTransactionPooler } from './pooler.ts'
import { missingSettings } from './session-settings.ts'
import { plainSettings, type Wishes } from './settings.ts'
import type { Target } from './target.ts'
import { nameOf } from './url.ts'

export type PoolMode = 'transaction' | 'session'

type Examined = {
  /** Whether a transaction pooler is in between: open connections with `pooled` of the target set to this. */
  pooled: boolean
  /** What the operator should know, in sentences. */
  warnings: string[]
}

/**
 * Examines the way to a database before its first use. `declared`: what the operator says of the pooler, if anything.
 * @throws an Error for people if the way cannot be used, or the error of a connection
 */
export async function examine(target: Target, wishes: Wishes, declared?: PoolMode): Promise<Examined> {
  const warnings = target.hosts.length > 1 ? warningsOf(await lookOnce(target, wishes)) : []
  const unset = connectionSettings({ ...target, pooled: true, prepared: false }, wishes)
  const open = () => openClient(unset)
  const pooled =
    target.pooled || declared === 'transaction' || (declared === undefined && (await findTransactionPooler(open)))
  if (pooled) await refuseMissingSettings(open, target.schema)
  return { pooled, warnings }
}

async function lookOnce(target: Target, wishes: Wishes): Promise<Look[]> {
  const { open } = createOpener(target, plainSettings(target, wishes))
  const lookers = target.hosts.map((host) => createLooker(host, open))
  const looks = await Promise.all(lookers.map(({ look }) => look()))
  for (const { close } of lookers) close()
  return looks
}

function warningsOf(looks: Look[]): string[] {
  const systems = new Set(looks.flatMap((look) => ('said' in look ? [look.said.system] : [])))
  if (systems.size > 1) {
    const names = looks.map(({ host }) => nameOf(host)).join(', ')
    throw new Error(`The hosts in DATABASE_URL (${names}) are not copies of one database: name those of one cluster.`)
  }
  return looks
    .filter((look) => 'error' in look)
    .map((look) => `DATABASE_URL names ${nameOf(look.host)}, which ${reasonOf(look)}: correct the name if it is wrong.`)
}

async function refuseMissingSettings(open: () => Promise<pg.Client>, schema: string | undefined) {
  const client = await open()
  try {
    const statements = await missingSettings(client, { schema, pooled: true })
    if (statements.length === 0) return
    throw new Error(
      `Behind a transaction pooler a session keeps no setting, so its user must have it: run ${statements.join('; ')}. Then let the pooler connect anew, and start again.`,
    )
  } finally {
    await client.end()
  }
}
