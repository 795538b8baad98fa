import { isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

const BITS = { ipv4: 32, ipv6: 128 } as const
/** The first bits of an IPv4-mapped IPv6 address: `::ffff:0:0/96`. */
const MAPPED_BITS = 96
const FORM = /^([^/]*)\/(0|[1-9]\d{0,2})$/
const PLAIN_IPV4 = /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/

/** Why a text is no network in CIDR notation, as a message about it that says what to write; null if it is one. */
export function networkMistake(text: string): string | null {
  const [, address, length] = FORM.exec(text) ?? []
  if (address === undefined)
    return 'must be a network such as 192.0.2.0/24, 2001:db8::/32 or, for one address, 192.0.2.7/32'
  const parsed = parseAddress(address)
  if (!parsed) return spellingMistake(address)
  return (
    lengthMistake(parsed, Number(length)) ??
    mappedMistake(parsed, Number(length)) ??
    hostMistake(parsed, Number(length))
  )
}

type Address = ipaddr.IPv4 | ipaddr.IPv6

function parseAddress(text: string): Address | null {
  if (PLAIN_IPV4.test(text)) return ipaddr.IPv4.isValid(text) ? ipaddr.IPv4.parse(text) : null
  return isIPv6(text) && !text.includes('%') ? ipaddr.IPv6.parse(text) : null
}

function spellingMistake(address: string): string {
  if (address.includes('%')) return 'must have no zone (%), because a zone means something on one machine only'
  if (!/^[0-9a-fx.]+$/i.test(address)) return 'must begin with an IPv4 or IPv6 address'
  return 'must have an IPv4 address of four decimal numbers from 0 to 255, without leading zeros, such as 10.0.0.0/8'
}

function lengthMistake(address: Address, length: number): string | null {
  const most = BITS[address.kind()]
  return length > most ? `must have a prefix length of at most ${most}` : null
}

/** Such a network would hold no caller, because a mapped address counts as the IPv4 address in it. */
function mappedMistake(address: Address, length: number): string | null {
  if (!('isIPv4MappedAddress' in address) || !address.isIPv4MappedAddress() || length < MAPPED_BITS) return null
  return `must be written as IPv4: ${firstOf(address.toIPv4Address(), length - MAPPED_BITS)}`
}

function hostMistake(address: Address, length: number): string | null {
  const first = firstOf(address, length)
  return first === `${address}/${length}` ? null : `must have no host bits set: write ${first}`
}

/** The network of this length around an address. */
const firstOf = (address: Address, length: number): string =>
  `${(address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6).networkAddressFromCIDR(`${address}/${length}`)}/${length}`
