import { z } from 'zod'
import { columnsOf } from '../database/columns.ts'
import type { Read } from '../database/times.ts'
import { Name, Time, Ttl } from '../fields/fields.ts'
import { ProjectUuid, StoredName, StoredUuid, UserUuid } from '../fields/stored.ts'
import type { ProjectKey as StoredKey } from '../generated/client.ts'
import { created, described, keyColumns, tabs } from '../key/shapes.ts'
import { Rotation, RotationDetails } from '../key-rotation/stored.ts'
import { Expiration, settings } from '../key-settings/inputs.ts'
import { settingsColumn } from '../key-settings/select.ts'
import {
  consoleSettings,
  type SettingsRow,
  settingFields,
  settingsOnWire,
  settingsOrNull,
} from '../key-settings/stored.ts'
import { brokenRules, type Policies, RULES } from '../policy/policy.ts'

/**
 * The columns of a project key that may leave the service. Statements, rows and responses follow from this list, and a
 * name that is no column does not compile.
 */
const columns = {
  uuid: StoredUuid,
  project: ProjectUuid,
  creator: UserUuid.nullable(),
  revoker: UserUuid.nullable(),
  ...keyColumns,
  rotated: Time.nullable(),
} satisfies { [Column in keyof StoredKey]?: z.ZodType }

/** A key as reads return it, its times as they leave. */
export type KeyRow = Read<Pick<StoredKey, keyof typeof columns>> & { settings: SettingsRow | null }

/** All that a read selects of a key. */
export const keyFrom = (table: string): string => `${columnsOf(columns, table)}, ${settingsColumn(table)}`

/** The fields of a request that creates a key, and of one that changes it. */
export const newKey = { name: Name, ttl: Ttl, ...settings }
export const changedKey = { name: Name.nullish(), expiration: Expiration, ...settings }

const { uuid, project, creator, revoker: _revoker, ...facts } = columns

export const ProjectKey = z
  .object({ uuid, project, creator, ...described, ...settingFields, rotation: Rotation.optional() })
  .meta({ id: 'ProjectKey' })

/**
 * The fields of a key that leave over REST. No schema checks them at run time, so they are named here. REST leaves out what
 * is not set, so that a plain key looks the same whatever columns are added.
 */
export function onWire(key: KeyRow) {
  const { uuid, project, creator, name, creation, expiration, revoked, settings } = key
  return {
    ...{ uuid, project, creator, name, creation, expiration },
    ...(settings && settingsOnWire(settings)),
    ...(revoked && { revoked }),
  }
}

export const ProjectKeyCreated = z
  .object({ uuid, project, ...created, ...settingFields })
  .meta({ id: 'ProjectKeyCreated' })

export const Person = z.object({ uuid: StoredUuid, name: StoredName })

/** A key in the console's list, and on a page of its own. */
export const KeyCard = z.object({
  uuid,
  ...facts,
  ...consoleSettings,
  creator: Person.nullable(),
  last_used: Time.nullable(),
  outside_policy: z.array(z.enum(RULES)).meta({ description: 'The rules of the key policy that it breaks.' }),
})
export const KeyDetails = KeyCard.extend({
  revoker: Person.nullable(),
  reason: z.string().nullable(),
  address: z.string().nullable(),
  rotation: RotationDetails.nullable(),
})

/** A key in the list of members who do not manage it. */
export const ReadOnlyKey = z.object({
  name: facts.name,
  last_four: facts.last_four,
  status: tabs,
  last_used: Time.nullable(),
})

export const person = (uuid: string | null, name: string | null) => (uuid && name ? { uuid, name } : null)

export type CardRow = KeyRow & { creator_name: string | null; last_used: string | null }

/** The fields of a card in the list, named because no schema checks them at run time. */
export function onCard(row: CardRow, policies: Policies) {
  const { uuid, name, last_four, creation, expiration, revoked, rotated, settings, last_used } = row
  return {
    ...{ uuid, name, last_four, creation, expiration, revoked, rotated, last_used },
    ...settingsOrNull(settings),
    creator: person(row.creator, row.creator_name),
    outside_policy: brokenRules(policies, row),
  }
}
