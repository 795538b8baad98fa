import type { Tokens } from './token.ts'

/** How long a mailed link works, in seconds. */
export const LINK_TTL = 30 * 60

type LinkOptions = { tokens: Tokens; consoleUrl: string; email: string; now: Date }

/** A link that signs in whose address it is, once. */
export const signInLink = (options: LinkOptions): string => linkTo(options, undefined)

/** A link that makes the address this one user's and signs them in, once: two may want the same address. */
export const newAddressLink = (options: LinkOptions & { person: string }): string => linkTo(options, options.person)

const linkTo = ({ tokens, consoleUrl, email, now }: LinkOptions, user: string | undefined) =>
  `${consoleUrl}/auth/confirm?token=${tokens.sign({ audience: 'auth', email, now, ttl: LINK_TTL, user })}`
