import { readAddresses } from '@project-keys/network'

const { host, port, consoleUrl, apiUrl } = readAddresses(process.env)
const { hostname, protocol } = new URL(consoleUrl)
const onAllAddresses = host === '0.0.0.0' || host === '::'

/** The URL at which this server reaches the API. */
export const internalApiUrl = apiUrl

/** The URL at which people reach the API. If it listens on all addresses, it shares the console's host name. */
export const publicApiUrl = onAllAddresses ? `http://${hostname}:${port}` : apiUrl

export const docsUrl = `${publicApiUrl}/docs`

/** If the console uses HTTPS, so must its cookies. */
export const isSecure = protocol === 'https:'

const keyPrefix = process.env.KEY_PREFIX ?? 'bencher'

/** With this secret the API trusts the client addresses that the console forwards. */
export const consoleToken = process.env.CONSOLE_TOKEN

/** A project key (`run`) or a user key with all but its last four letters hidden. */
export const maskedKey = (type: 'run' | 'user', lastFour: string) => `${keyPrefix}_${type}_…${lastFour}`
