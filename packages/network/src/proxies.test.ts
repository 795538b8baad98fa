import { expect, test } from 'vitest'
import { forwardedAddress, isNetwork, trusting } from './proxies.ts'

test.each(['10.0.0.1', '10.1.0.0/16', '203.0.113.7/32', 'fd00::/8', '::1'])('takes %s as a network', (text) => {
  expect(isNetwork(text)).toBe(true)
})

test.each(['', 'proxy', '10.0.0.0/33', '10.0.0.0/0', 'fd00::/129', '10.0.0.1/', '010.0.0.1', '10.1', '10.0.0.1/x'])(
  'refuses %j as a network',
  (text) => {
    expect(isNetwork(text)).toBe(false)
    expect(() => trusting([text])).toThrow('is neither an address nor a network')
  },
)

test('trusts the addresses of each network and no other, by all bits of the prefix', () => {
  const isTrusted = trusting(['10.0.0.1', '10.1.0.0/17', 'fd00::/8'])
  const trusted = ['10.0.0.1', '10.1.0.1', '10.1.127.255', 'fd12::1', '::ffff:10.0.0.1', '10.0.0.1:4711']
  expect(trusted.filter((address) => !isTrusted(address))).toEqual([])
  expect(['10.0.0.2', '10.1.128.0', 'fe00::1', '::1', 'unknown', ''].filter(isTrusted)).toEqual([])
})

test('trusts nobody where no proxy is named', () => {
  expect(trusting([])('127.0.0.1')).toBe(false)
})

test.each([
  ['198.51.100.1', '203.0.113.9', '198.51.100.1', 'a connection that is no proxy tells nothing'],
  ['10.0.0.1', '203.0.113.9', '203.0.113.9', 'a trusted proxy tells the client'],
  ['10.0.0.1', '203.0.113.9, 10.0.0.2', '203.0.113.9', 'so does a chain of trusted proxies'],
  ['10.0.0.1', '192.0.2.1, 203.0.113.9', '203.0.113.9', 'an untrusted proxy tells nothing further'],
  ['10.0.0.1', 'unknown', '10.0.0.1', 'text that is no address counts for nothing'],
  ['10.0.0.1', '', '10.0.0.1', 'nor does an empty header'],
])('a connection from %s with X-Forwarded-For %j is from %s: %s', (connection, forwardedFor, client) => {
  const isTrusted = trusting(['10.0.0.0/24'])
  expect(forwardedAddress({ connection, forwardedFor }, isTrusted)).toBe(client)
})
