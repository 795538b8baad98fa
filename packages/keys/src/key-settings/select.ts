import type { ProjectKey as StoredKey } from '../generated/client.ts'

const COLUMNS = [
  ...(['description', 'scopes', 'allowed_networks', 'external_id', 'metadata', 'rate_limit'] as const),
  'expiration_set',
] satisfies (keyof StoredKey)[]

/**
 * The settings of a key as one column, which is null for a plain key: a column for each of them made a list of plain keys
 * cost a tenth more. A list that was taken away is empty.
 */
export function settingsColumn(table: string): string {
  const at = (column: keyof StoredKey) => `${table}.${column}`
  return `CASE WHEN num_nonnulls(${COLUMNS.map(at).join(', ')}) > 0 OR ${at('self_rotation')}
    THEN json_strip_nulls(json_build_object(
      'description', ${at('description')},
      'scopes', nullif(${at('scopes')}, '{}'),
      'allowed_networks', nullif(${at('allowed_networks')}, '{}'),
      'external_id', ${at('external_id')},
      'metadata', ${at('metadata')},
      'rate_limit', ${at('rate_limit')},
      'self_rotation', nullif(${at('self_rotation')}, false),
      'expiration_set', to_char(${at('expiration_set')} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    )) END AS settings`
}
