/** What a screen reader says next; the frame holds the live region. */
export const announcement = $state({ text: '' })

/** Says it, also if it is the same as the last time. */
export function announce(text: string) {
  announcement.text = ''
  setTimeout(() => {
    announcement.text = text
  }, 50)
}
