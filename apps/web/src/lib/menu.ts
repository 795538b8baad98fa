import type { Attachment } from 'svelte/attachments'

const ITEMS = 'a, button:not(.unseen), input[type="search"]'

/**
 * Gives a popover the keyboard of a menu: opening it focuses its first item, arrows, Home and End move between the items,
 * and a letter goes to the next item that begins with it.
 */
export const menu: Attachment<HTMLElement> = (element) => {
  const items = () => [...element.querySelectorAll<HTMLElement>(ITEMS)].filter((item) => item.checkVisibility())
  const opened = ({ newState }: ToggleEvent) => newState === 'open' && items()[0]?.focus()

  function move(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const next = targetOf(event, items())
    if (!next) return
    event.preventDefault()
    next.focus()
  }
  element.addEventListener('toggle', opened)
  element.addEventListener('keydown', move)
  return () => {
    element.removeEventListener('toggle', opened)
    element.removeEventListener('keydown', move)
  }
}

/** The item that a key leads to. A field keeps the keys that move within its text. */
function targetOf({ key, target }: KeyboardEvent, items: HTMLElement[]) {
  const place = target instanceof HTMLElement ? items.indexOf(target) : -1
  const isField = target instanceof HTMLInputElement
  if (key === 'ArrowDown') return items[(place + 1) % items.length]
  if (key === 'ArrowUp') return items.at((place === -1 ? 0 : place) - 1)
  if (isField) return undefined
  if (key === 'Home') return items[0]
  if (key === 'End') return items.at(-1)
  return key.length === 1 ? beginningWith(key, [...items.slice(place + 1), ...items.slice(0, place + 1)]) : undefined
}

const beginningWith = (letter: string, items: HTMLElement[]) =>
  items.find((item) => item.textContent.trim().toLowerCase().startsWith(letter.toLowerCase()))
