const STORAGE_KEY = 'shortcuts'

/** Whether single-key shortcuts work. People can turn them off, because speech input triggers them (WCAG 2.1.4). */
export const shortcuts = $state({ areOn: true })

export function readShortcuts() {
  shortcuts.areOn = localStorage.getItem(STORAGE_KEY) !== 'off'
}

export function keepShortcuts() {
  localStorage.setItem(STORAGE_KEY, shortcuts.areOn ? 'on' : 'off')
}
