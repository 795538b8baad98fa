import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { readPublicKey, readSigner } from './signing.ts'

/** Test 1 of RFC 8032, section 7.1: a seed, its public key, and the signature of no bytes. */
const SEED = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex').toString('base64')
const PUBLIC = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex').toString('base64')
const SIGNATURE =
  'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'

const pairOf = (type: 'ed25519' | 'x25519') => {
  const { privateKey, publicKey } = type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519')
  return {
    secret: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    open: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  }
}

test('a seed signs as RFC 8032 says', () => {
  const signer = readSigner(`${SEED}\n`)
  expect(signer?.publicKey).toBe(PUBLIC)
  expect(signer?.sign('').toString('hex')).toBe(SIGNATURE)
})

test('a private key as PEM signs what its public key verifies, and no other text', () => {
  const { secret, open } = pairOf('ed25519')
  const signer = readSigner(secret)
  const signature = signer?.sign('a head') ?? Buffer.alloc(0)
  for (const text of [open, signer?.publicKey ?? '']) {
    const key = readPublicKey(text)
    expect(key?.key).toBe(signer?.key)
    expect(key?.verifies('a head', signature)).toBe(true)
    expect(key?.verifies('another head', signature)).toBe(false)
  }
})

test('anything else is no key', () => {
  const other = pairOf('x25519')
  for (const text of ['', 'secret', SEED.slice(4), pairOf('ed25519').open, other.secret])
    expect(readSigner(text)).toBeNull()
  for (const text of ['', 'public', PUBLIC.slice(4), pairOf('ed25519').secret, other.open])
    expect(readPublicKey(text)).toBeNull()
})
