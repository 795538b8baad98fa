import { SvelteSet } from 'svelte/reactivity'
import { announce } from './announcement.svelte.ts'
import { type KeyQuery, listParameters } from './list-query.ts'
import { type Done, outcomeText } from './outcomes.ts'
import { number } from './times.ts'
import { words } from './words/en.ts'

/** The keys that are selected in a list, over all of its pages. Only a browser fills it, so that no two people share it. */
const selected = new SvelteSet<string>()
const state = $state<{ list: string; anchor: string | null; done: Done | null }>({ list: '', anchor: null, done: null })

/** Names what a list shows on all its pages, whatever the order. */
const nameOf = (base: string, query: KeyQuery) => {
  const parts = listParameters(query).filter(([name]) => !['page', 'per_page', 'sort', 'direction'].includes(name))
  return `${base}?${new URLSearchParams(parts)}`
}

function tell() {
  announce(words.selection.selected(selected.size, number(selected.size)))
}

export const selecting = {
  get count() {
    return selected.size
  },
  get uuids() {
    return [...selected]
  },
  /** The outcome of the last act on this list; null if there was none. */
  get done() {
    return state.done
  },
  has: (uuid: string) => selected.has(uuid),

  /** A selection ends where another list begins. */
  open(base: string, query: KeyQuery) {
    const list = nameOf(base, query)
    if (list === state.list) return
    Object.assign(state, { list, anchor: null, done: null })
    selected.clear()
  },

  /** Selects a key or takes it out; with `extends`, also those between it and the last one, in the order of these rows. */
  toggle(uuid: string, isOn: boolean, rows: string[], extend: boolean) {
    const [from, to] = [state.anchor === null ? -1 : rows.indexOf(state.anchor), rows.indexOf(uuid)]
    const range = extend && from !== -1 ? rows.slice(Math.min(from, to), Math.max(from, to) + 1) : [uuid]
    this.put(range, isOn)
    state.anchor = uuid
  },

  put(uuids: string[], isOn: boolean) {
    state.done = null
    for (const uuid of uuids) isOn ? selected.add(uuid) : selected.delete(uuid)
    tell()
  },

  /** Replaces the selection. */
  select(uuids: string[]) {
    selected.clear()
    this.put(uuids, true)
  },

  /** Takes out what was dealt with, without a word. */
  forget(uuids: string[]) {
    for (const uuid of uuids) selected.delete(uuid)
  },

  clear() {
    selected.clear()
    tell()
  },

  finish(done: Done) {
    state.done = done
    announce(outcomeText(done))
  },

  dismiss() {
    state.done = null
  },

  /** Where people were last in the list. */
  get anchor() {
    return state.anchor
  },
}
