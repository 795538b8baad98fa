import type { VerifiedKey as Verified } from '@project-keys/verify'
import { z } from 'zod'
import { Time } from '../fields/fields.ts'
import { ProjectUuid, StoredName, StoredSlug, StoredUuid } from '../fields/stored.ts'
import { settingFields } from '../key-settings/stored.ts'

const { self_rotation: _, ...settings } = settingFields

export const VerifiedKey = z
  .object({
    uuid: StoredUuid,
    name: StoredName,
    project: z.object({ uuid: ProjectUuid, slug: StoredSlug }),
    expiration: Time,
    ...settings,
  })
  .meta({ id: 'VerifiedKey' })

/** A verified key as it is answered: without what is not set. */
export function onWire(key: Verified) {
  const { uuid, name, project, expiration, description, scopes, allowed_networks, external_id, metadata, rate_limit } =
    key
  return {
    ...{ uuid, name, project, expiration },
    ...(description !== null && { description }),
    ...(scopes && { scopes: [...scopes] }),
    ...(allowed_networks && { allowed_networks: [...allowed_networks] }),
    ...(external_id !== null && { external_id }),
    ...(metadata && { metadata }),
    ...(rate_limit && { rate_limit }),
  }
}
