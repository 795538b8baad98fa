import { BlockList, isIP, isIPv4, isIPv6, SocketAddress } from 'node:net'

/** Holds an address or not; null for a text that is no address. */
export type NetworkMatcher = (address: string) => boolean | null

/** Where a call comes from, as far as it was told. */
export type Caller = {
  address?: string | undefined
  /** The address may be that of a proxy in between. */
  addressInDoubt?: boolean | undefined
}

const BITS = { ipv4: 32, ipv6: 128 }

type Address = { text: string; family: 'ipv4' | 'ipv6' }

/** Whether a text is an IPv4 or IPv6 address. */
export const isAddress = (text: string): boolean => plainAddress(text) !== null

/**
 * Tells whether one of these networks, in CIDR notation, holds an address; null for a text that is no address. Each family
 * has a list of its own, because in a single one `::/0` would hold IPv4 callers, too. A text that is no network holds none.
 */
export function networkMatcher(networks: readonly string[]): NetworkMatcher {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const network of networks) {
    const [, text = '', bits] = /^([^/]+)\/(\d{1,3})$/.exec(network) ?? []
    const family = isIPv4(text) ? 'ipv4' : 'ipv6'
    const isNetwork = isIP(text) > 0 && Number(bits) <= BITS[family]
    if (isNetwork) lists[family].addSubnet(text, Number(bits), family)
  }
  return (text) => {
    const address = plainAddress(text)
    return address && lists[address.family].check(address.text, address.family)
  }
}

/** Why the networks of a key refuse a caller; null if they do not. */
export function refuseAddress(holds: NetworkMatcher, { address, addressInDoubt }: Caller) {
  const isAllowed = address === undefined || addressInDoubt ? null : holds(address)
  if (isAllowed === null) return 'address_unknown'
  return isAllowed ? null : 'address_not_allowed'
}

/** An IPv4-mapped IPv6 address, in any spelling, counts as the IPv4 address in it. A zone is cut off. */
function plainAddress(told: string): Address | null {
  if (isIPv4(told)) return { text: told, family: 'ipv4' }
  if (!isIPv6(told)) return null
  const { address } = new SocketAddress({ address: told.replace(/%.*/s, ''), family: 'ipv6' })
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1]
  return mapped === undefined ? { text: address, family: 'ipv6' } : { text: mapped, family: 'ipv4' }
}
