import { isIP, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'
import { plainAddress } from './address.ts'

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number]

/** Whether a text is an address, or a network in CIDR notation. A prefix of length 0 would trust everybody. */
export const isNetwork = (text: string): boolean => readNetwork(text) !== null

/** Tells whether an address belongs to one of these proxies, such as `10.0.0.1` or `10.1.0.0/16`. @throws if one is no network */
export function trusting(proxies: string[]): (address: string) => boolean {
  const trusted = proxies.map((proxy) => {
    const network = readNetwork(proxy)
    if (!network) throw new Error(`${proxy} is neither an address nor a network such as 10.1.0.0/16.`)
    return network
  })
  return (told) => {
    const text = plainAddress(told)
    if (isIP(text) === 0) return false
    const address = ipaddr.process(text)
    return trusted.some((network) => network[0].kind() === address.kind() && address.match(network))
  }
}

/**
 * The address that a request comes from, by its connection and its `X-Forwarded-For`: each address in the header
 * counts only if a trusted proxy told it, from the last one on.
 */
export function forwardedAddress(
  { connection, forwardedFor }: { connection: string | undefined; forwardedFor: string },
  isTrusted: (address: string) => boolean,
): string {
  let address = plainAddress(connection)
  for (const former of forwardedFor.split(',').toReversed().map(plainAddress)) {
    if (isIP(former) === 0 || !isTrusted(address)) break
    address = former
  }
  return address
}

/** Node decides what an address is: the library alone would also take octal and short forms. */
function readNetwork(text: string): Network | null {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  if (isIP(address) === 0) return null
  const longest = isIPv6(address) ? 128 : 32
  const bits = prefix === undefined ? longest : Number(prefix)
  return bits >= 1 && bits <= longest ? [ipaddr.parse(address), bits] : null
}
