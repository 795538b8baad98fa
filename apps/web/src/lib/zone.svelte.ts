/** The reader's time zone: UTC until the browser has told, so that its first rendering is the server's. */
export const zone = $state({ name: 'UTC' })

export function useOwnZone() {
  zone.name = new Intl.DateTimeFormat().resolvedOptions().timeZone
}
