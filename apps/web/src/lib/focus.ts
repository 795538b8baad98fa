import { tick } from 'svelte'

/** An element for which a link asks by its query: once it is gone, the keyboard is back on that link. */
export function givesFocusBack() {
  const { search } = location
  return () => {
    tick().then(() => document.querySelector<HTMLElement>(`main a[href$="${CSS.escape(search)}"]`)?.focus())
  }
}
