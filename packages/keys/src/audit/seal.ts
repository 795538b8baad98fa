import { z } from 'zod'
import type { Database } from '../database/client.ts'
import type { Prisma } from '../generated/client.ts'
import { GENESIS, hashLine, linkAfter, SERVER_CHAIN } from './chain.ts'
import { type Event, eventOf, Pending } from './event.ts'
import { moveRefusals } from './refusals.ts'

/** The advisory lock of whoever seals, so that a chain never forks. */
const SEAL_LOCK = 61016_4
/** The most changes that one transaction seals. */
const BATCH = 500

type Tx = Pick<Prisma.TransactionClient, '$queryRaw' | '$executeRaw'>

/**
 * Seals what was changed since: gives each event its number and its link, in the order in which this sees them. Writers
 * never wait for it. Returns how many changes it sealed; none if another process is sealing.
 */
export async function seal(db: Database): Promise<number> {
  let sealed = 0
  for (let count = BATCH; count === BATCH; sealed += count) count = await sealSome(db)
  return sealed
}

const sealSome = (db: Database): Promise<number> =>
  db.prisma.$transaction(async (tx) => {
    const [lock] = await tx.$queryRaw<{ mine: boolean }[]>`SELECT pg_try_advisory_xact_lock(${SEAL_LOCK}) AS mine`
    if (!lock?.mine) return 0
    await moveRefusals(tx)
    const pending = await readPending(tx)
    if (pending.length === 0) return 0
    const events = pending.flatMap((each) => {
      const event = eventOf(each)
      return event ? [{ chain: each.chain, event }] : []
    })
    await append(tx, await named(tx, events))
    const ids = pending.map(({ id }) => id)
    await tx.$executeRaw`DELETE FROM audit_pending WHERE id = ANY (${ids}::bigint[])`
    return pending.length
  })

/** A project or an organization that is gone leaves its events to the chain of the server. */
const readPending = async (tx: Tx) =>
  z.array(Pending).parse(
    await tx.$queryRaw`
      WITH taken AS (
        SELECT *, coalesce(after, before) AS row FROM audit_pending ORDER BY id LIMIT ${BATCH}
      ), placed AS (
        SELECT t.*, k.name AS key_name, CASE t.entity
            WHEN 'projects' THEN (t.row->>'uuid')::uuid
            WHEN 'project_key_rotations' THEN k.project
            ELSE (t.row->>'project')::uuid
          END AS project
        FROM taken t LEFT JOIN project_keys k ON t.entity = 'project_key_rotations' AND k.uuid = (t.row->>'key')::uuid
      )
      SELECT t.id, to_char(t.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS time, t.entity, t.op, t.before,
        t.after, t.by, t.project, coalesce(t.key_name, CASE t.entity WHEN 'projects' THEN p.name END) AS known_name,
        coalesce(p.organization, (t.row->>'organization')::uuid,
          CASE t.entity WHEN 'organizations' THEN (t.row->>'uuid')::uuid END, ${SERVER_CHAIN}::uuid) AS chain
      FROM placed t LEFT JOIN projects p ON p.uuid = t.project ORDER BY t.id`,
  )

const Names = z.array(z.object({ uuid: z.string(), name: z.string() }))

/** Gives each actor the name that they have now, because they may have none when the event is read. */
async function named<Of extends { event: Event }>(tx: Tx, events: Of[]): Promise<Of[]> {
  const uuids = new Set(events.flatMap(({ event }) => event.actor.user?.uuid ?? []))
  const rows = Names.parse(await tx.$queryRaw`SELECT uuid, name FROM users WHERE uuid = ANY (${[...uuids]}::uuid[])`)
  const names = new Map(rows.map(({ uuid, name }) => [uuid, name]))
  return events.map((each) => {
    const { actor } = each.event
    const name = actor.user && names.get(actor.user.uuid)
    const user = actor.user && { uuid: actor.user.uuid, ...(name && { name }) }
    return { ...each, event: { ...each.event, actor: { ...actor, ...(user && { user }) } } }
  })
}

type Head = { number: bigint; link: Uint8Array }
const Heads = z.array(
  z.object({
    chain: z.string(),
    number: z.bigint(),
    link: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  }),
)

async function append(tx: Tx, events: { chain: string; event: Event }[]) {
  const chains = [...new Set(events.map(({ chain }) => chain))]
  const heads = new Map<string, Head>(
    Heads.parse(
      await tx.$queryRaw`SELECT c.chain, h.number, h.link FROM unnest(${chains}::uuid[]) AS c (chain)
        CROSS JOIN LATERAL (
          SELECT number, link FROM audit_events WHERE chain = c.chain ORDER BY number DESC LIMIT 1
        ) h`,
    ).map(({ chain, ...head }) => [chain, head]),
  )
  const rows = events.map(({ chain, event }) => {
    const before: Head = heads.get(chain) ?? { number: 0n, link: GENESIS }
    const number = before.number + 1n
    const line = JSON.stringify({ number: Number(number), chain: chain === SERVER_CHAIN ? 'server' : chain, ...event })
    const hash = hashLine(line)
    const link = linkAfter(before.link, hash)
    heads.set(chain, { number, link })
    return rowOf(event, { chain, number: Number(number), line, hash, link })
  })
  await tx.$executeRaw`INSERT INTO audit_events (chain, number, line, hash, link, at, action, person, project, key)
    SELECT chain, number, line, decode(hash, 'hex'), decode(link, 'hex'), at, action, person, project, key
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r (chain uuid, number bigint, line text, hash text,
      link text, at timestamptz, action text, person uuid, project uuid, key uuid)`
}

type Sealed = { chain: string; number: number; line: string; hash: Buffer; link: Buffer }

/** With what people filter by. */
function rowOf({ time, action, actor, target, project }: Event, { hash, link, ...sealed }: Sealed) {
  return {
    ...{ ...sealed, hash: hash.toString('hex'), link: link.toString('hex'), at: time, action },
    person: actor.user?.uuid ?? null,
    project: project ?? null,
    key: target.kind === 'project_key' ? (target.uuid ?? null) : null,
  }
}
