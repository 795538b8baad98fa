import type { FeedAnswer } from '../../src/feed.ts'
import type { KeyAnswer } from '../../src/lookups.ts'

export const KEYS = ['a', 'b', 'c', 'd'] as const
export type KeyName = (typeof KEYS)[number]
/** Keys a and b are of one project, c of another; d is of that one too, and is not there until it is made. */
export const projectOf = (name: KeyName) => (name === 'a' || name === 'b' ? 'p' : 'q')

type Change = { number: number; hash: string | null; project: string | null }

/** The primary, as far as a verification can tell: commits in the order of their numbers, and snapshots. */
export function createDatabase(hashes: Record<KeyName, string>) {
  const revoked = new Set<KeyName>()
  const deleted = new Set<string>()
  const made = new Set<KeyName>(['a', 'b', 'c'])
  let changes: Change[] = []
  let number = 0

  const renames = new Map<KeyName, number>()
  /** A key's name says how often it was renamed. The feed tells nothing of it. */
  const rename = (name: KeyName) => {
    renames.set(name, (renames.get(name) ?? 0) + 1)
    return renames.get(name) ?? 0
  }
  const make = (name: KeyName) => {
    made.add(name)
  }
  const revoke = (name: KeyName) => {
    number += 1
    revoked.add(name)
    changes.push({ number, hash: hashes[name], project: null })
  }
  const deleteProject = (project: string) => {
    number += 1
    deleted.add(project)
    changes.push({ number, hash: null, project })
  }
  const sweep = () => {
    changes = []
  }
  const readKey = (hash: string): KeyAnswer => {
    const name = KEYS.find((name) => hashes[name] === hash)
    const facts = name &&
      made.has(name) && {
        uuid: name,
        name: String(renames.get(name) ?? 0),
        project: { uuid: projectOf(name), slug: projectOf(name) },
        expiration: Number.MAX_SAFE_INTEGER,
        revoked: revoked.has(name) ? 1 : null,
        projectDeleted: deleted.has(projectOf(name)) ? 1 : null,
      }
    return { replica: false, number, facts: facts || null }
  }
  const readFeed = (since: number | null): FeedAnswer => {
    const told = since === null ? [] : changes.filter((change) => change.number > since)
    return { replica: false, number, changes: told.map((change) => ({ ...change, age: 0 })) }
  }
  return { rename, make, revoke, deleteProject, sweep, readKey, readFeed }
}

export type Database = ReturnType<typeof createDatabase>
