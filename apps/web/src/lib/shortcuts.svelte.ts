const KEPT = 'shortcuts'

/** Whether single letters do something: who speaks to their computer, or slips, can turn it off (WCAG 2.1.4). */
export const shortcuts = $state({ areOn: true })

export function readShortcuts() {
  shortcuts.areOn = localStorage.getItem(KEPT) !== 'off'
}

export function keepShortcuts() {
  localStorage.setItem(KEPT, shortcuts.areOn ? 'on' : 'off')
}
