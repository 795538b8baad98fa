import { readAddresses } from '@project-keys/api/config'

const { host, port, consoleUrl, apiUrl } = readAddresses(process.env)
const { hostname, protocol } = new URL(consoleUrl)
const everywhere = host === '0.0.0.0' || host === '::'

/** Where this server reaches the API. */
export const internalApiUrl = apiUrl

/** Where people reach it: an API on all addresses has the console's name. */
export const publicApiUrl = everywhere ? `http://${hostname}:${port}` : apiUrl

export const docsUrl = `${publicApiUrl}/docs`

/** Cookies travel over https alone where the console does. */
export const isSecure = protocol === 'https:'

const keyPrefix = process.env.KEY_PREFIX ?? 'bencher'

/** How a key looks to those who do not have it. */
export const maskedKey = (lastFour: string) => `${keyPrefix}_run_…${lastFour}`
