import { BlockList, isIP, isIPv4, isIPv6, SocketAddress } from 'node:net'

/** Tells whether an address is of these proxies, such as `10.0.0.1,10.1.0.0/16`. @throws where one is no address. */
export function trusting(proxies: string[]): (address: string) => boolean {
  const trusted = new BlockList()
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/')
    if (bits === undefined) trusted.addAddress(address, family(address))
    else trusted.addSubnet(address, Number(bits), family(address))
  }
  return (told) => {
    const address = plainAddress(told)
    return isIP(address) > 0 && trusted.check(address, family(address))
  }
}

/**
 * An address without what else is told with it: the port that some proxies write behind it (`203.0.113.9:4711`,
 * `[2001:db8::1]:4711`), and the prefix of an IPv4 address on a socket for both. What is no address stays as it is; a
 * connection that has just ended has none.
 */
export function plainAddress(told = ''): string {
  const text = told.trim()
  if (isIPv4(text)) return text
  const address = SocketAddress.parse(isIPv6(text) ? `[${text}]` : text)?.address ?? text
  return address.replace(/^::ffff:(?=\d+\.)/, '')
}

const family = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4')
