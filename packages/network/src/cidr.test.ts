import { expect, test } from 'vitest'
import { networkMistake } from './cidr.ts'

test.each([
  ...['10.0.0.0/8', '0.0.0.0/0', '192.0.2.7/32', '255.255.255.255/32', '192.0.2.128/25'],
  ...[
    '::/0',
    '2001:db8::/32',
    '2001:DB8::/32',
    '2001:db8::1/128',
    '2001:0db8:0:0:0:0:0:0/33',
    '64:ff9b::192.0.2.0/120',
  ],
])('takes %s', (network) => {
  expect(networkMistake(network)).toBeNull()
})

test.each([
  ['10.0.0.5/8', 'must have no host bits set: write 10.0.0.0/8'],
  ['2001:db8::1/32', 'must have no host bits set: write 2001:db8::/32'],
  ['0.0.0.1/0', 'must have no host bits set: write 0.0.0.0/0'],
  ['::ffff:0:0/95', 'must have no host bits set: write ::fffe:0:0/95'],
  ['10.0.0.0/33', 'must have a prefix length of at most 32'],
  ['::/129', 'must have a prefix length of at most 128'],
  ['::ffff:10.0.0.0/104', 'must be written as IPv4: 10.0.0.0/8'],
  ['::ffff:0:0/96', 'must be written as IPv4: 0.0.0.0/0'],
  ['::ffff:a00:5/104', 'must be written as IPv4: 10.0.0.0/8'],
])('says of %s that it %s', (network, mistake) => {
  expect(networkMistake(network)).toBe(mistake)
})

test.each([
  ...['010.0.0.0/8', '10.0/16', '10/8', '0x0a.0.0.0/8', '167772160/8', '256.0.0.0/8', '10.0.0.0.0/8', '1.2.3/24'],
])('asks for four decimal numbers instead of %s', (network) => {
  expect(networkMistake(network)).toMatch(/four decimal numbers from 0 to 255, without leading zeros/)
})

test.each([
  '10.0.0.0',
  '10.0.0.0/',
  '10.0.0.0/08',
  '10.0.0.0/+8',
  '10.0.0.0/8 ',
  '/8',
  '',
  '10.0.0.0/255.0.0.0',
  '::',
  'x',
])('asks for a network with a prefix length instead of %j', (network) => {
  expect(networkMistake(network)).toMatch(/^must /)
})

test.each([' 10.0.0.0/8', 'fe80::%eth0/64', 'g::/16', ':::/0', '::1::/64', '[::]/0', '１０.0.0.0/8'])(
  'refuses %j',
  (network) => {
    expect(networkMistake(network)).toMatch(/^must /)
  },
)
