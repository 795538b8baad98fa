import type { SignUp, Tokens } from './token.ts'

/** The lifetime of a mailed sign-in link, in seconds. */
const LINK_TTL = 30 * 60

type LinkOptions = { tokens: Tokens; consoleUrl: string; email: string; now: Date }

/** A link that signs in the user of the address, once. It leads to the page with this path, if it has one. */
export const signInLink = ({ path, ...options }: LinkOptions & { path?: string | null | undefined }): string =>
  linkTo(options, { path: path ?? null })

/** A link that signs in, too, and names the account if it is new. */
export const signUpLink = (options: LinkOptions & { signUp: SignUp }): string =>
  linkTo(options, { signUp: options.signUp })

/** A link that gives the address to this user and signs them in, once. It names them because two may want one address. */
export const newAddressLink = (options: LinkOptions & { person: string }): string =>
  linkTo(options, { user: options.person })

type Restoring = { change: string; expiration: Date }

/** A link that gives an account its former address back, once, until the expiration. */
export function restoreLink({ tokens, consoleUrl, email, now, change, expiration }: LinkOptions & Restoring): string {
  const ttl = (expiration.getTime() - now.getTime()) / 1000
  return `${consoleUrl}/auth/restore?token=${tokens.sign({ audience: 'restore', email, now, ttl, change })}`
}

const linkTo = (
  { tokens, consoleUrl, email, now }: LinkOptions,
  more: { user?: string; signUp?: SignUp; path?: string | null },
) => `${consoleUrl}/auth/confirm?token=${tokens.sign({ audience: 'auth', email, now, ttl: LINK_TTL, ...more })}`
