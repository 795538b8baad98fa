import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { Decrypter, Encrypter } from 'age-encryption'

/** The beginning of a file that age encrypted. */
const ENCRYPTED = 'age-encryption.org/v1'
/** The rows are mostly hashes, so more effort saves few bytes. */
const LEVEL = 3

/**
 * Writes a file that only its owner can read, compressed and, for a `recipient` (`age1…`), encrypted. It gets its name
 * when all of it is on the disk, so a crash leaves no half of it under that name.
 */
export async function writeBackup(path: string, parts: AsyncIterable<string | Buffer>, recipient: string | null) {
  const unfinished = `${path}.unfinished`
  await rm(unfinished, { force: true })
  const packed = (compressed: AsyncIterable<Buffer>) => (recipient ? encrypted(compressed, recipient) : compressed)
  const file = createWriteStream(unfinished, { mode: 0o600, flags: 'wx', flush: true })
  await pipeline(Readable.from(parts, { objectMode: false }), createGzip({ level: LEVEL }), packed, file)
  return { keep: () => rename(unfinished, path), drop: () => rm(unfinished, { force: true }), path: unfinished }
}

async function* encrypted(bytes: AsyncIterable<Buffer>, recipient: string): AsyncGenerator<Buffer> {
  const encrypter = new Encrypter()
  try {
    encrypter.addRecipient(recipient)
  } catch (cause) {
    throw new Error('The recipient must be one of age, such as age1….', { cause })
  }
  yield* buffers(await encrypter.encrypt(toStream(bytes)))
}

/** Reads a file. `identity` is the secret key of age that it was encrypted to. */
export async function* readBackup(path: string, identity: string | null): AsyncGenerator<Buffer> {
  const isEncrypted = (await firstBytes(path)) === ENCRYPTED
  if (isEncrypted && identity === null) {
    throw new Error(`${path} is encrypted: name the file with its age identity by --identity.`)
  }
  const file: AsyncIterable<Buffer> = createReadStream(path)
  const compressed = isEncrypted && identity !== null ? decrypted(file, identity) : file
  const gunzip: Transform = createGunzip()
  // The error of either reaches the reader.
  const piped = pipeline(compressed, gunzip).catch((error: Error) => void gunzip.destroy(error))
  yield* gunzip
  await piped
}

async function* decrypted(bytes: AsyncIterable<Buffer>, identity: string): AsyncGenerator<Buffer> {
  const decrypter = new Decrypter()
  for (const line of identity.split('\n')) if (line.startsWith('AGE-SECRET-KEY-')) decrypter.addIdentity(line.trim())
  yield* buffers(await decrypter.decrypt(toStream(bytes)))
}

/** Not by `ReadableStream.from`, which browsers' types do not have: the console compiles this file, too. */
function toStream(bytes: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const chunks = bytes[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
}

async function* buffers(stream: ReadableStream<Uint8Array>): AsyncGenerator<Buffer> {
  const reader = stream.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const { buffer, byteOffset, byteLength } = read.value
    yield Buffer.from(buffer, byteOffset, byteLength)
  }
}

async function firstBytes(path: string): Promise<string> {
  await using file = await open(path).catch((cause: unknown) => {
    throw new Error(`There is no file ${path} that can be read.`, { cause })
  })
  const { buffer, bytesRead } = await file.read(Buffer.alloc(ENCRYPTED.length), 0, ENCRYPTED.length, 0)
  return buffer.toString('latin1', 0, bytesRead)
}
