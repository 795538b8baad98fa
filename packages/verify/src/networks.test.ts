import { expect, test } from 'vitest'
import { networkMatcher } from './networks.ts'

test.each([
  ['192.0.2.0/24', '192.0.2.255'],
  ['192.0.2.7/32', '192.0.2.7'],
  ['192.0.2.128/25', '192.0.2.128'],
  ['0.0.0.0/0', '203.0.113.9'],
  ['2001:db8::/32', '2001:db8:ffff::1'],
  ['2001:db8::1/128', '2001:0db8:0:0:0:0:0:1'],
  ['::/0', '2001:db8::1'],
  ['192.0.2.0/24', '::ffff:192.0.2.1'],
  ['192.0.2.0/24', '::ffff:c000:201'],
  ['192.0.2.0/24', '0:0:0:0:0:FFFF:C000:0201'],
  ['fe80::/10', 'fe80::1%eth0'],
])('%s holds %s', (network, address) => {
  expect(networkMatcher([network])(address)).toBe(true)
})

test.each([
  ['192.0.2.0/24', '192.0.3.0'],
  ['192.0.2.7/32', '192.0.2.6'],
  ['192.0.2.128/25', '192.0.2.127'],
  ['2001:db8::/33', '2001:db8:8000::'],
  ['2001:db8::1/128', '2001:db8::2'],
  ['::/0', '192.0.2.1'],
  ['::/0', '::ffff:192.0.2.1'],
  ['0.0.0.0/0', '2001:db8::1'],
  ['::ffff:192.0.2.0/120', '192.0.2.1'],
  ['192.0.2.0', '192.0.2.0'],
  ['192.0.2.0/', '192.0.2.0'],
  ['nonsense/8', '192.0.2.0'],
])('%s does not hold %s', (network, address) => {
  expect(networkMatcher([network])(address)).toBe(false)
})

test('one of several networks is enough, of either family', () => {
  const holds = networkMatcher(['192.0.2.0/24', '2001:db8::/32'])
  expect(['192.0.2.1', '2001:db8::1', '198.51.100.1'].map(holds)).toEqual([true, true, false])
})

test.each(['', 'unknown', '192.0.2', '010.0.0.1', '192.0.2.1:80', '192.0.2.1/32', 'localhost'])(
  '%s is no address',
  (text) => {
    expect(networkMatcher(['0.0.0.0/0', '::/0'])(text)).toBeNull()
  },
)
