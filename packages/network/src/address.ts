import { isIPv4, isIPv6, SocketAddress } from 'node:net'
import ipaddr from 'ipaddr.js'

/** An IPv6 client controls a whole network of this prefix length. */
const CLIENT_PREFIX = 64

/**
 * An address without what proxies and sockets add to it: the port behind it (`203.0.113.9:4711`,
 * `[2001:db8::1]:4711`), and the prefix of an IPv4 address on a dual-stack socket. Text that is no address stays as it
 * is. A connection that has just ended has no address: the result is then empty.
 */
export function plainAddress(told = ''): string {
  const text = told.trim()
  if (isIPv4(text)) return text
  const address = SocketAddress.parse(isIPv6(text) ? `[${text}]` : text)?.address ?? text
  return address.replace(/^::ffff:(?=\d+\.)/, '')
}

/**
 * The unit that limits count: an IPv4 address alone, an IPv6 address as its /64, because one client controls all of
 * it. Anything else stays as it is.
 */
export function clientNetwork(address: string): string {
  if (!isIPv6(address)) return address
  const parsed = ipaddr.IPv6.parse(address)
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString()
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/${CLIENT_PREFIX}`)}/${CLIENT_PREFIX}`
}
