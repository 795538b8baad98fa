import { databaseUrl, execute } from '@project-keys/keys/test'

/**
 * Defaults of a database or a role that change what statements mean, which errors they raise, or how they are planned:
 * each with a value that is far from PostgreSQL's own.
 */
export const HOSTILE: Record<string, string> = {
  DateStyle: 'SQL, DMY',
  IntervalStyle: 'sql_standard',
  TimeZone: 'Asia/Kathmandu',
  client_encoding: 'LATIN1',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  escape_string_warning: 'on',
  backslash_quote: 'off',
  transform_null_equals: 'on',
  array_nulls: 'off',
  quote_all_identifiers: 'on',
  xmloption: 'document',
  xmlbinary: 'hex',
  search_path: 'pg_catalog',
  row_security: 'off',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  statement_timeout: '50ms',
  lock_timeout: '1ms',
  idle_session_timeout: '500ms',
  idle_in_transaction_session_timeout: '1ms',
  transaction_timeout: '50ms',
  synchronous_commit: 'off',
  exit_on_error: 'on',
  restrict_nonsystem_relation_kind: 'view, foreign-table',
  gin_fuzzy_search_limit: '1',
  check_function_bodies: 'off',
  'plpgsql.extra_errors': 'all',
  'plpgsql.variable_conflict': 'use_variable',
  client_min_messages: 'debug5',
  lc_time: 'C',
  default_text_search_config: 'simple',
  default_table_access_method: 'heap',
  default_toast_compression: 'pglz',
  plan_cache_mode: 'force_custom_plan',
  jit_above_cost: '0',
  work_mem: '64kB',
  temp_buffers: '800kB',
  join_collapse_limit: '1',
  from_collapse_limit: '1',
  geqo_threshold: '2',
  enable_indexscan: 'off',
  enable_bitmapscan: 'off',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_sort: 'off',
  enable_material: 'off',
  parallel_setup_cost: '0',
  parallel_tuple_cost: '0',
  min_parallel_table_scan_size: '0',
  constraint_exclusion: 'on',
  synchronize_seqscans: 'off',
}

/** Gives a database these defaults, as far as its PostgreSQL knows them, and ends the sessions that have others. */
export async function setDefaults(url: string, settings: Record<string, string>) {
  const name = new URL(url).pathname.slice(1)
  // From another database, because the defaults count for every session.
  const run = (sql: string, values: unknown[] = []) => execute(databaseUrl(url, 'postgres'), sql, values)
  await run(`ALTER DATABASE ${name} RESET ALL`)
  for (const [setting, value] of Object.entries(settings)) {
    const [known] = await run('SELECT current_setting($1, true) AS value', [setting])
    if (known?.value === null && !setting.includes('.')) continue
    await run(`ALTER DATABASE ${name} SET ${setting} = ${setting === 'search_path' ? value : `'${value}'`}`)
  }
  await run('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
}
