import pg from 'pg'

/** A setting that the service needs, whatever the database or the role has as its default. */
type SessionSetting = {
  name: string
  value: string
  /** A condition in SQL that holds where the session has this value, or one that does as well. */
  holds: string
  /** `asked`: the operator must set it. `set`: only the service sets it, because it is not worth a question. */
  only?: 'asked' | 'set'
}

/** The value in a session; null where PostgreSQL is too old to know the setting. */
const current = (name: string) => `current_setting('${name}', true)`
const isNot = (name: string, wrong: string) => `${current(name)} IS DISTINCT FROM '${wrong}'`
const exactly = (name: string, value: string): SessionSetting => ({
  name,
  value,
  holds: `coalesce(${current(name)} = '${value}', true)`,
})
/** A timeout that is off, or no shorter than `atLeast`. */
const patient = (name: string, atLeast: string): SessionSetting => ({
  name,
  value: '0',
  holds: `NOT coalesce(${current(name)}::interval > '0' AND ${current(name)}::interval < '${atLeast}', false)`,
})

/** Every session has these. Other settings change neither what our statements mean nor which errors they raise. */
const NEEDED: SessionSetting[] = [
  // Prisma sends times in UTC without an offset, and PostgreSQL reads those in the time zone of the session.
  { name: 'TimeZone', value: 'UTC', holds: `${current('TimeZone')} ~* '^(Etc/)?(UTC|UCT|Zulu|GMT|Universal)$'` },
  { name: 'DateStyle', value: 'ISO, MDY', holds: `${current('DateStyle')} LIKE 'ISO%'` },
  { name: 'extra_float_digits', value: '1', holds: `${current('extra_float_digits')}::int > 0` },
  exactly('standard_conforming_strings', 'on'),
  // Without it, an array's null is the text "NULL".
  exactly('array_nulls', 'on'),
  // Each statement must see what was committed before it, or one that waited for a lock acts on what was true before.
  exactly('default_transaction_isolation', 'read committed'),
  // An acknowledged change must survive a crash.
  { name: 'synchronous_commit', value: 'on', holds: isNot('synchronous_commit', 'off') },
  // Triggers keep the totals and tell revocations, and this turns them off.
  { name: 'session_replication_role', value: 'origin', holds: isNot('session_replication_role', 'replica') },
  // A search over an index would leave out keys.
  exactly('gin_fuzzy_search_limit', '0'),
  // Verification reads a view.
  exactly('restrict_nonsystem_relation_kind', ''),
  // A violated constraint is an answer, and no reason to end the session.
  exactly('exit_on_error', 'off'),
  { name: 'client_min_messages', value: 'notice', holds: `${current('client_min_messages')} !~ '^(debug|log|info)'` },
  patient('statement_timeout', '3s'),
  patient('lock_timeout', '3s'),
  patient('transaction_timeout', '6s'),
  patient('idle_in_transaction_session_timeout', '6s'),
  // A pool keeps an idle connection for some seconds.
  patient('idle_session_timeout', '1min'),
  // To compile a statement takes longer than to run it; a planner that overestimates its costs would compile each.
  { ...exactly('jit', 'off'), only: 'set' },
  // Nor are workers worth their start, which a search of a million keys would wait for even if they had nothing to do.
  { ...exactly('max_parallel_workers_per_gather', '0'), only: 'set' },
  // Providers set this to stop all writes: while a disk is full, or before another server takes over.
  { ...exactly('default_transaction_read_only', 'off'), only: 'asked' },
]

/** Those of a session whose tables are in `schema`; with the default search path if it is undefined. */
function placeSettings(schema: string | undefined): SessionSetting[] {
  if (schema === undefined) return []
  // The schema may be missing until the migrations make it.
  const holds = `btrim(split_part(current_setting('search_path'), ',', 1), ' "') = ${pg.escapeLiteral(schema)}
    OR current_schema() = ${pg.escapeLiteral(schema)}`
  return [{ name: 'search_path', value: pg.escapeIdentifier(schema), holds }]
}

/**
 * Expressions that prepare a session. They set what is needed and does not hold yet, because an ordinary user may not set
 * everything; then where the tables are, and then `own`.
 */
export function prepareSession(schema: string | undefined, own: Record<string, string>): string[] {
  const set = ({ name, value }: { name: string; value: string }) =>
    `set_config(${[name, value].map(pg.escapeLiteral).join(', ')}, false)`
  const needed = NEEDED.filter(({ only }) => only !== 'asked').map(
    (setting) => `CASE WHEN ${setting.holds} THEN NULL ELSE ${set(setting)} END`,
  )
  const always = Object.entries(own).map(([name, value]) => ({ name, value }))
  return [...needed, ...[...placeSettings(schema), ...always].map(set)]
}

type Place = {
  schema: string | undefined
  /** Whether a session keeps no setting, because a transaction pooler is in between. */
  pooled: boolean
}

/**
 * The statements that an operator must run because the user's sessions lack settings: those that the service never sets
 * and, behind a transaction pooler, all others that it needs.
 */
export async function missingSettings(client: pg.ClientBase, { schema, pooled }: Place): Promise<string[]> {
  const settings = pooled
    ? [...NEEDED.filter(({ only }) => only !== 'set'), ...placeSettings(schema)]
    : NEEDED.filter(({ only }) => only === 'asked')
  const conditions = settings.map(({ holds }) => `coalesce(${holds}, false)`).join(', ')
  const { rows } = await client.query<{ held: boolean[]; sessions: string }>(
    `SELECT ARRAY[${conditions}] AS held,
       format('ALTER ROLE %I IN DATABASE %I', session_user, current_database()) AS sessions`,
  )
  return rows.flatMap(({ held, sessions }) =>
    settings
      .filter((_, n) => !held[n])
      .map(
        ({ name, value }) => `${sessions} SET ${name} = ${name === 'search_path' ? value : pg.escapeLiteral(value)}`,
      ),
  )
}
