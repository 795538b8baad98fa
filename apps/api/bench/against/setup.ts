import { createSecrets, createTokens, wholeSecond } from '@project-keys/keys'

/** The settings of each side. */
export const SETUP = { secret: 'only for the benchmark, which deletes its data', consoleUrl: 'http://localhost:3000' }

const HOURS = 3600

/** A session of the owner. Sign it when the sides run, because a token is not good for a user who came after it. */
export const ownerToken = (): string =>
  createTokens({ secrets: createSecrets(SETUP.secret), issuer: `${SETUP.consoleUrl}/` }).sign({
    ...{ audience: 'client', email: 'owner@localhost', now: wholeSecond(new Date()), ttl: 4 * HOURS },
  })
