import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

// The keys that sign the heads of the audit log: Ed25519 (RFC 8032).

const ALGORITHM = 'ed25519'
/** 32 bytes as base64, in either alphabet. */
const BYTES = /^[\w+/-]{43}=?$/
/** The bytes that PKCS #8 has before the seed of an Ed25519 key (RFC 8410, section 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

export type Signer = {
  /** The first 16 hex digits of the SHA-256 of the public key. */
  key: string
  /** The 32 bytes of the public key, as base64. */
  publicKey: string
  sign: (text: string) => Buffer
}

/** Null if the text is neither a private key of Ed25519 as PEM nor a seed of 32 bytes as base64. */
export function readSigner(text: string): Signer | null {
  const secret = readPrivateKey(text.trim())
  if (secret?.asymmetricKeyType !== ALGORITHM) return null
  const publicKey = bytesOf(createPublicKey(secret))
  return {
    key: keyIdOf(publicKey),
    publicKey: publicKey.toString('base64'),
    sign: (signed) => sign(null, Buffer.from(signed), secret),
  }
}

/** From the 32 bytes of a seed. */
export function signerFrom(seed: Uint8Array): Signer {
  const signer = readSigner(Buffer.from(seed).toString('base64'))
  if (!signer) throw new Error('A seed must have 32 bytes.')
  return signer
}

export type PublicKey = { key: string; verifies: (text: string, signature: Uint8Array) => boolean }

/** Null if the text is no public key of Ed25519: 32 bytes as base64, or PEM. */
export function readPublicKey(text: string): PublicKey | null {
  const key = parsePublicKey(text.trim())
  if (key?.asymmetricKeyType !== ALGORITHM || key.type !== 'public') return null
  return {
    key: keyIdOf(bytesOf(key)),
    verifies: (signed, signature) => verify(null, Buffer.from(signed), key, signature),
  }
}

const readPrivateKey = (text: string) =>
  orNull(() =>
    BYTES.test(text)
      ? createPrivateKey({ key: Buffer.concat([PKCS8, Buffer.from(text, 'base64')]), format: 'der', type: 'pkcs8' })
      : createPrivateKey(text),
  )

const parsePublicKey = (text: string) =>
  orNull(() =>
    BYTES.test(text)
      ? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: toUrl(text) }, format: 'jwk' })
      : text.includes('PRIVATE')
        ? null
        : createPublicKey(text),
  )

const toUrl = (base64: string) => Buffer.from(base64, 'base64').toString('base64url')

/** The error of a key that cannot be read may repeat it. */
function orNull(read: () => KeyObject | null): KeyObject | null {
  try {
    return read()
  } catch {
    return null
  }
}

const bytesOf = (publicKey: KeyObject) => Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
const keyIdOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 16)
