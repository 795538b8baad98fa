import { readConfig } from '../src/config.ts'

/** Every variable that the configuration reads. */
export function variables(): string[] {
  const asked = new Set<string>()
  readConfig(
    new Proxy<Record<string, string>>(
      {},
      {
        get: (_, name) => void asked.add(String(name)),
        has: (_, name) => Boolean(asked.add(String(name))) && false,
      },
    ),
  )
  return [...asked].toSorted()
}
