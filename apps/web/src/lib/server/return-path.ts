import { redact } from '@project-keys/verify/redact'

const LONGEST = 1024 // characters, as the API allows
/** One slash first: with two, or with a backslash, browsers go to another site. */
const PATH = /^\/(?![/\\])[^\\\p{Cc}\p{Cs}]*$/u

/** The path of a page of the console that people may be sent to; undefined for anything else, and for a credential in it. */
export const returnPath = (text: string | null): string | undefined =>
  text !== null && text.length <= LONGEST && PATH.test(text) && redact(text) === text ? text : undefined

/** The sign-in page that leads back to this one. */
export function signInHref({ pathname, search }: URL): string {
  const next = returnPath(pathname + search) ?? returnPath(pathname)
  return next ? `/auth/signin?${new URLSearchParams({ next })}` : '/auth/signin'
}
