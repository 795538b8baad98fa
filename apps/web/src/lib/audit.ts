import type { Outputs } from './api-types.ts'
import { words } from './words/en.ts'

export type AuditEvent = Outputs['events']['list'][number]

const texts = words.audit
const known = Object.keys(texts.actions)

/** The actions by which the log is filtered. */
export const actions: readonly string[] = known

/** What was done, such as `renamed the key`; an action that this console does not know is named as it is. */
export function deedOf({ action = '' }: AuditEvent): string {
  const found = Object.entries(texts.actions).find(([name]) => name === action)
  return found?.[1] ?? action
}

/** Who did it: a name, or what acted instead of a person. */
export function actorOf({ actor }: AuditEvent): string {
  const kinds: Record<string, string> = texts.actors
  return actor?.user?.name ?? kinds[actor?.kind ?? 'unknown'] ?? texts.actors.unknown
}

/** By what they did it, where that says more than the name. */
export function wayOf({ actor }: AuditEvent): string | null {
  const ways: Record<string, string> = texts.ways
  return (actor && ways[actor.kind]) ?? null
}

/** The page of the thing, if there is one today. */
export function hrefOf({ target, project_slug }: AuditEvent): string | null {
  if (!project_slug) return null
  if (target?.kind === 'project_key' && target.uuid) return `/projects/${project_slug}/keys/${target.uuid}`
  return target?.kind === 'project' ? `/projects/${project_slug}/keys` : null
}

/** The fields that changed, each as it was and as it is. */
export function changesOf({ before = {}, after = {} }: AuditEvent) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.map((name) => ({ name, before: shown(before[name]), after: shown(after[name]) }))
}

const shown = (value: unknown): string | null =>
  value === undefined || value === null ? null : typeof value === 'string' ? value : JSON.stringify(value)
