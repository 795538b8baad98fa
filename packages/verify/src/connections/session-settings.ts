import pg from 'pg'

/** A setting that the service needs on its own connections, whatever the database or the role has as its default. */
export type SessionSetting = {
  name: string
  value: string
  /** A condition in SQL that holds where the session has this value, or one that does as well. */
  holds: string
}

/** Every session has these. */
const NEEDED: SessionSetting[] = [
  // Prisma sends times in UTC without an offset, and PostgreSQL reads those in the time zone of the session.
  { name: 'TimeZone', value: 'UTC', holds: `current_setting('TimeZone') ~* '^(Etc/)?(UTC|UCT|Zulu|GMT|Universal)$'` },
]

/** Those of a session whose tables are in `schema`; with the default search path if it is undefined. */
export function sessionSettings(schema: string | undefined): SessionSetting[] {
  if (schema === undefined) return NEEDED
  // The schema may be missing until the migrations make it.
  const holds = `btrim(split_part(current_setting('search_path'), ',', 1), ' "') = ${pg.escapeLiteral(schema)}
    OR current_schema() = ${pg.escapeLiteral(schema)}`
  return [...NEEDED, { name: 'search_path', value: pg.escapeIdentifier(schema), holds }]
}

/** Expressions that set them for the rest of the session. */
export const setSettings = (settings: { name: string; value: string }[]): string[] =>
  settings.map(({ name, value }) => `set_config(${pg.escapeLiteral(name)}, ${pg.escapeLiteral(value)}, false)`)

/**
 * The statements that an operator must run because the user's sessions lack settings: behind a transaction pooler the
 * service cannot set them itself.
 */
export async function missingSettings(client: pg.ClientBase, schema: string | undefined): Promise<string[]> {
  const settings = sessionSettings(schema)
  const conditions = settings.map(({ holds }) => `coalesce(${holds}, false)`).join(', ')
  const { rows } = await client.query<{ held: boolean[]; role: string }>(
    `SELECT ARRAY[${conditions}] AS held, quote_ident(current_user) AS role`,
  )
  return rows.flatMap(({ held, role }) =>
    settings
      .filter((_, n) => !held[n])
      .map(
        ({ name, value }) =>
          `ALTER ROLE ${role} SET ${name} = ${name === 'search_path' ? value : pg.escapeLiteral(value)}`,
      ),
  )
}
