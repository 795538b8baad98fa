import type pg from 'pg'

/** How many connections of the pooler may be free when it is asked. */
const TRIES = 5

type Open = () => Promise<pg.Client>

/**
 * Whether a pooler hands out the server's connections for one transaction each, as PgBouncer does with `pool_mode =
 * transaction`. Poolers make up the process id that a session begins with; and in this mode a transaction of another
 * client gets the server process that this client had before.
 * @throws the pooler's error if it allows no transactions
 */
export async function findTransactionPooler(open: Open): Promise<boolean> {
  const first = await open()
  const others: pg.Client[] = []
  try {
    const process = await processOf(first)
    if (process === Reflect.get(first, 'processID')) return false
    for (let n = 0; n < TRIES; n++) {
      // In session mode a pooler may have no more connections.
      const other = await open().catch(() => null)
      if (!other) return false
      others.push(other)
      await other.query('BEGIN')
      if ((await processOf(other)) === process || (await processOf(first)) !== process) return true
    }
    return false
  } finally {
    await Promise.all([first, ...others].map(leave))
  }
}

/** A pooler would close the server's connection if it were left within a transaction. */
async function leave(client: pg.Client) {
  await client.query('ROLLBACK').catch(() => {})
  await client.end()
}

async function processOf(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ process: number }>('SELECT pg_backend_pid() AS process')
  return rows[0]?.process
}
