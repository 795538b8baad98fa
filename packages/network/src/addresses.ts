import { isIP } from 'node:net'
import { z } from 'zod'
import { type Environment, readVariables } from './environment.ts'

const PORT = 'must be a whole number from 1 to 65535'
const Port = z
  .string()
  .regex(/^\d{1,5}$/, PORT)
  .transform(Number)
  .refine((port) => port >= 1 && port <= 65535, PORT)

const HOST_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i
const Host = z
  .string()
  .refine((host) => isIP(host) > 0 || HOST_NAME.test(host), 'must be an IP address or a host name, such as 127.0.0.1')

const Origin = z
  .string()
  .refine(isOrigin, 'must be an address such as https://keys.example.com, without a path, a query or a password')
  .transform((url) => new URL(url).origin)

/** The environment variables that say where the API, the console and the operator's terms are. */
export const addressVariables = {
  HOST: Host.default('127.0.0.1'),
  PORT: Port.default(61016),
  WEB_PORT: Port.default(3000),
  CONSOLE_URL: Origin.optional(),
  API_URL: Origin.optional(),
  INTERNAL_API_URL: Origin.optional(),
  TERMS_URL: z
    .url({ protocol: /^https?$/, error: 'must be the URL of a page, such as https://example.com/terms' })
    .optional(),
}

/** Where the API and the console are. */
export const readAddresses = (env: Environment) =>
  addressesOf(readVariables(addressVariables, env, { faults: samePort(env) }))

type Values = z.output<z.ZodObject<typeof addressVariables>>

/**
 * People reach the console at `consoleUrl` and the API at `apiUrl`; the console reaches the API at `internalApiUrl`. None
 * has a slash at the end. The operator's terms of service are at `termsUrl`, if there are any.
 */
export function addressesOf(values: Values) {
  const { HOST: host, PORT: port, WEB_PORT: webPort } = values
  const consoleUrl = values.CONSOLE_URL ?? `http://localhost:${webPort}`
  const here = `http://${reachable(host)}:${port}`
  const apiUrl = values.API_URL ?? (isLoopback(consoleUrl) ? here : besideConsole(consoleUrl, port))
  const internalApiUrl = values.INTERNAL_API_URL ?? here
  return { host, port, webPort, consoleUrl, apiUrl, internalApiUrl, termsUrl: values.TERMS_URL }
}

/** A line if people elsewhere use the console, but nothing says where they reach the API; none otherwise. */
export function guessedApiUrl(values: Values): string[] {
  const { consoleUrl, apiUrl } = addressesOf(values)
  if (values.API_URL !== undefined || isLoopback(consoleUrl)) return []
  return [
    `API_URL is not set, so pages and commands name ${apiUrl} as the address of the API: set API_URL to the address at which people reach it.`,
  ]
}

/** A line about the two ports if they are the same; none otherwise. */
export function samePort({ PORT = '61016', WEB_PORT = '3000' }: Environment): string[] {
  return PORT === WEB_PORT ? [`PORT and WEB_PORT are both ${JSON.stringify(PORT)}, and must differ.`] : []
}

const isLoopback = (url: string) => /^(localhost|127\..*|\[::1\])$/.test(new URL(url).hostname)

function besideConsole(consoleUrl: string, port: number) {
  const url = new URL(consoleUrl)
  url.port = `${port}`
  return url.origin
}

/** The address that this machine itself uses for a server that listens on `host`. */
function reachable(host: string) {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return isIP(host) === 6 ? `[${host}]` : host
}

function isOrigin(text: string) {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/` && !/[?#]/.test(text)
}
