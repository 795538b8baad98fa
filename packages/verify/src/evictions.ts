import type { KnownKey } from './verdict.ts'

/**
 * What this process changed itself, until the feed has told of it. `doubts` is raised whenever something happens here
 * that an answer under way can't know of.
 */
export function createEvictions() {
  const evicted = new Map<string, number>()
  let doubts = 0

  const doubt = () => {
    doubts += 1
  }
  /** A key or a project, by UUID. */
  const add = (uuid: string) => {
    doubt()
    evicted.set(uuid, doubts)
  }
  const has = ({ yes: { key } }: KnownKey): boolean =>
    evicted.size > 0 && (evicted.has(key.uuid) || evicted.has(key.project.uuid))
  /** The feed was read, by a question that left when there were so many doubts. */
  const settle = (before: number) => {
    for (const [uuid, raised] of evicted) if (raised <= before) evicted.delete(uuid)
  }
  return { doubt, doubts: () => doubts, add, has, settle }
}
