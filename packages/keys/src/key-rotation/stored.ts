import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { readStatement } from '../database/statement.ts'
import { timeOf } from '../database/times.ts'
import { Time } from '../fields/fields.ts'

/** An open rotation in a response. */
export const Rotation = z
  .object({
    started: Time,
    grace: z.int().meta({ description: 'Seconds from the first use of the new secret to the end of the old one.' }),
    first_used: Time.nullable().meta({ description: 'The first use of the new secret.' }),
    ends: Time,
  })
  .meta({
    id: 'Rotation',
    description: 'There while the old secret of the last rotation goes on; `ends` is its end, as known by now.',
  })

/** The same for the console, with what it shows of both secrets. The key's own `last_four` is that of the new one. */
export const RotationDetails = Rotation.extend({
  last_four: z.string().meta({ description: 'Of the old secret.' }),
  last_used: Time.nullable().meta({ description: 'The last use of the old secret.' }),
  address: z.string().nullable(),
  new_last_used: Time.nullable(),
})

type Row = Omit<z.output<typeof RotationDetails>, 'new_last_used'> & { key: string }
type Rotated = { uuid: string; rotated: string | null; expiration: string; revoked: string | null }

const findRotations = readStatement<Row>(
  `SELECT key, started, grace, first_used, ends, last_four, last_used, address
   FROM project_key_rotations WHERE key = ANY($1)`,
)

/** The last rotations of these keys, open or over. A key that was never rotated costs no query. */
async function readRotations(db: Database, keys: Pick<Rotated, 'uuid' | 'rotated'>[]): Promise<Map<string, Row>> {
  const rotated = keys.filter((key) => key.rotated !== null).map(({ uuid }) => uuid)
  const rows = rotated.length > 0 ? await findRotations(db, [rotated]) : []
  return new Map(rows.map((row) => [row.key, row]))
}

/** Times in UTC and whole seconds are in the order of their texts. */
const earlier = (one: string, other: string) => (one < other ? one : other)
const later = (one: string | null, other: string | null) => ((one ?? '') > (other ?? '') ? one : other)

/** The rotation, if the old secret is still good: it ends with its key at the latest. */
function openOnly(row: Row | undefined, { expiration, revoked }: Rotated, now: Date): Row | null {
  if (!row || revoked !== null) return null
  const ends = earlier(row.ends, expiration)
  return ends > timeOf(now) ? { ...row, ends } : null
}

type Asked<Key> = { keys: Key[]; now: Date }

/** What a response says of the rotations of these keys: for each key its field, if a rotation is open. */
export async function rotationFields<Key extends Rotated>(db: Database, { keys, now }: Asked<Key>) {
  const rotations = await readRotations(db, keys)
  return (key: Key): { rotation?: z.output<typeof Rotation> } => {
    const open = openOnly(rotations.get(key.uuid), key, now)
    if (!open) return {}
    const { started, grace, first_used, ends } = open
    return { rotation: { started, grace, first_used, ends } }
  }
}

type Used = { last_used: string | null; address: string | null }

/** What the console shows of the rotation of a key, and the last use of the key by whichever secret. */
export async function rotationDetails(db: Database, key: Rotated & Used, now: Date) {
  const row = (await readRotations(db, [key])).get(key.uuid)
  const open = openOnly(row, key, now)
  return { ...lastUse(key, row), rotation: open && { ...open, ...lastUses(key, open) } }
}

/** Until the new secret is used, what is recorded of the key came by the old one. */
const lastUses = (key: Used, { first_used, last_used }: Row) =>
  first_used === null
    ? { last_used: later(key.last_used, last_used), new_last_used: null }
    : { new_last_used: later(key.last_used, first_used) }

/** The last use of a key by whichever of its secrets. */
export async function lastUseOf(db: Database, key: Pick<Rotated, 'uuid' | 'rotated'> & Used): Promise<Used> {
  return lastUse(key, (await readRotations(db, [key])).get(key.uuid))
}

const lastUse = (key: Used, old: Used | undefined): Used => {
  const { last_used, address } = old && (old.last_used ?? '') > (key.last_used ?? '') ? old : key
  return { last_used, address }
}
