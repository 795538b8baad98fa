import type { Tokens } from './token.ts'

/** The lifetime of a mailed link, in seconds. */
export const LINK_TTL = 30 * 60

type LinkOptions = { tokens: Tokens; consoleUrl: string; email: string; now: Date }

/** A link that signs in the user of the address, once. */
export const signInLink = (options: LinkOptions): string => linkTo(options, undefined)

/** A link that gives the address to this user and signs them in, once. It names them because two may want one address. */
export const newAddressLink = (options: LinkOptions & { person: string }): string => linkTo(options, options.person)

const linkTo = ({ tokens, consoleUrl, email, now }: LinkOptions, user: string | undefined) =>
  `${consoleUrl}/auth/confirm?token=${tokens.sign({ audience: 'auth', email, now, ttl: LINK_TTL, user })}`
