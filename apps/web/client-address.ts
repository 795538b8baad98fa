import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'

/** Reads proxies such as `10.0.0.1,10.1.0.0/16`. @throws where one is no address. */
export function readProxies(text = ''): BlockList {
  const proxies = new BlockList()
  for (const proxy of text.split(',').filter(Boolean)) {
    const [address = '', bits] = proxy.split('/')
    if (bits === undefined) proxies.addAddress(address, family(address))
    else proxies.addSubnet(address, Number(bits), family(address))
  }
  return proxies
}

/** The browser's address: only a proxy that is trusted may tell another one than the connection's. */
export function clientAddress({ socket, headers }: IncomingMessage, proxies: BlockList): string {
  const told = String(headers['x-forwarded-for'] ?? '').split(',')
  let address = plain(socket.remoteAddress ?? '')
  for (const former of told.reverse().map(plain)) {
    if (!isIP(former) || !proxies.check(address, family(address))) break
    address = former
  }
  return address
}

/** An IPv4 address, as a socket for both writes it, without its prefix. */
const plain = (address: string) => address.trim().replace(/^::ffff:(?=\d+\.)/i, '')

const family = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4')
