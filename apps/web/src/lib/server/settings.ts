import { readAddresses } from '@project-keys/network'

const addresses = readAddresses(process.env)
const { protocol } = new URL(addresses.consoleUrl)

/** People reach the API at `apiUrl`, and this server reaches it at `internalApiUrl`. The operator's terms are at `termsUrl`. */
export const { apiUrl, internalApiUrl, termsUrl } = addresses

export const docsUrl = `${apiUrl}/docs`

/** If the console uses HTTPS, so must its cookies. */
export const isSecure = protocol === 'https:'

const keyPrefix = process.env.KEY_PREFIX ?? 'bencher'

/** With this secret the API trusts the client addresses that the console forwards. */
export const consoleToken = process.env.CONSOLE_TOKEN

/** A project key (`run`) or a user key with all but its last four letters hidden. */
export const maskedKey = (type: 'run' | 'user', lastFour: string) => `${keyPrefix}_${type}_…${lastFour}`
