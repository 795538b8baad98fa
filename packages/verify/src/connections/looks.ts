import type pg from 'pg'
import { askServer, type ServerSaid } from './server.ts'
import type { Host } from './url.ts'

/** In ms: how long to wait for other hosts, which may have a higher timeline, when one primary has answered. */
const GRACE = 200

/** What a host answered, or why it did not. */
export type Look = { host: Host; said: ServerSaid } | { host: Host; error: unknown }
export type PrimaryLook = { host: Host; said: Extract<ServerSaid, { replica: false }> }

export const isPrimary = (look: Look): look is PrimaryLook => 'said' in look && !look.said.replica

/** Looks at one host over a connection of its own, which stays open until `close`. A look never rejects. */
export function createLooker(host: Host, open: (host: Host) => Promise<pg.Client>) {
  let client: pg.Client | null = null
  let pending: Promise<Look> | null = null

  const close = () => {
    client?.end().catch(() => {})
    client = null
  }
  const ask = async (): Promise<Look> => {
    try {
      client ??= await open(host)
      return { host, said: await askServer(client) }
    } catch (error) {
      close()
      return { host, error }
    } finally {
      pending = null
    }
  }
  const look = () => {
    pending ??= ask()
    return pending
  }
  return { look, close }
}

/** All answers; without those that come later than GRACE after a primary's, because a frozen host gives none. */
export const collect = (looks: Promise<Look>[]): Promise<Look[]> =>
  new Promise((resolve) => {
    const answers: Look[] = []
    const add = (answer: Look) => {
      answers.push(answer)
      if (answers.length === looks.length) resolve([...answers])
      else if (isPrimary(answer)) setTimeout(() => resolve([...answers]), GRACE)
    }
    for (const look of looks) look.then(add)
  })
