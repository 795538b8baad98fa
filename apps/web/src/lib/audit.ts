import type { Outputs } from './api-types.ts'
import { dayOf } from './days.ts'
import { number } from './times.ts'
import { words } from './words/en.ts'

export type AuditEvent = Outputs['events']['list'][number]

const texts = words.audit
const known = Object.keys(texts.actions)

/** The actions by which the log is filtered. */
export const actions: readonly string[] = known

/** The same by what they act on, such as `project_key`. */
export const actionGroups = Object.entries(Object.groupBy(known, (action) => action.split('.')[0] ?? action)).map(
  ([kind, actions = []]) => ({ kind, actions }),
)

type Day = { day: string; events: AuditEvent[] }

/** Events day by day, as the reader's clock has it. One without a time, or from before the day above it, keeps its place. */
export function daysOf(events: AuditEvent[], zone: string): Day[] {
  const days: Day[] = []
  for (const event of events) {
    const last = days.at(-1)
    const day = event.time ? dayOf({ now: Date.parse(event.time), zone }) : (last?.day ?? '')
    if (last?.day === day) last.events.push(event)
    else days.push({ day, events: [event] })
  }
  return days
}

/** The people who can be chosen: those who are given, and those who act on the page, each once and by name. */
export function peopleOf(members: Person[], events: AuditEvent[]): Person[] {
  const actors = events.flatMap(({ actor }) =>
    actor?.user?.name ? [{ name: actor.user.name, uuid: actor.user.uuid }] : [],
  )
  const byUuid = new Map([...actors, ...members].map(({ uuid, name }) => [uuid, { uuid, name }]))
  return [...byUuid.values()].sort((one, other) => one.name.localeCompare(other.name, words.locale))
}
export type Person = { uuid: string; name: string }

/** The deed, such as `renamed the key`; an action that this console does not know is named as it is. */
export function deedOf({ action = '', after }: AuditEvent): string {
  if (action === 'request.refuse') return refusedOf(Number(after?.count ?? 1))
  const found = Object.entries(texts.actions).find(([name]) => name === action)
  return found?.[1] ?? action
}

const refusedOf = (count: number) => texts.refused(count, number(count))

/** The actor: a name, or what acted instead of a person. */
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
