import { readAddresses } from '@project-keys/network'

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

/** By it the API knows the console, which tells it the addresses of browsers. */
export const consoleToken = process.env.CONSOLE_TOKEN

/** How a project's key, or a user's, looks to those who do not have it. */
export const maskedKey = (of: 'run' | 'user', lastFour: string) => `${keyPrefix}_${of}_…${lastFour}`
