import { createReadStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import {
  type Head,
  type PublicKey,
  readHead,
  readLine,
  readPublicKey,
  splitLines,
  verifyExport,
} from '@project-keys/keys/audit'
import { z } from 'zod'
import { messageOf } from '../process/start-faults.ts'

const USAGE = `Usage: pnpm run verify-audit FILE --key PUBLIC_KEY [--key …] [--head OLDER]
  FILE    an export of the audit log, from GET …/events/export
  --key   the public key of the server: the response of GET /v0/server/audit-key, PEM, or base64; a file or the text itself
  --head  a file with a head that you kept: an older export, or the last line of one`

const AuditKey = z.object({ public_key: z.string() })

function readCommand(args: string[]) {
  try {
    const options = { key: { type: 'string', multiple: true }, head: { type: 'string' } } as const
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    const [path, ...more] = positionals
    if (!path || more.length > 0) throw new Error('FILE must be given once.')
    if (!values.key) throw new Error('--key must be given.')
    return { path, keys: values.key, head: values.head ?? null }
  } catch (cause) {
    throw new Error(`${messageOf(cause)}\n${USAGE}`, { cause })
  }
}

/** A key is given as a file or as its text. */
async function readKey(given: string): Promise<PublicKey> {
  const text = await readFile(given, 'utf8').catch(() => given)
  const key = readPublicKey(AuditKey.safeParse(jsonOf(text)).data?.public_key ?? text)
  if (key) return key
  throw new Error(
    '--key must be a public key of Ed25519, or a file with one, such as the response of /v0/server/audit-key.',
  )
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function linesOf(path: string): Promise<AsyncIterable<Buffer>> {
  const file = await open(path).catch((cause: unknown) => {
    throw new Error(`There is no file ${path} that can be read.`, { cause })
  })
  await file.close()
  return splitLines(createReadStream(path, { highWaterMark: 1 << 20 }))
}

/** The heads that were kept. Each must be signed by a key that was given. */
async function readOlderHeads(path: string, keys: PublicKey[]): Promise<Head[]> {
  const heads: Head[] = []
  let line = 0
  for await (const bytes of await linesOf(path)) {
    line++
    const part = readLine(bytes)
    const head = part.kind === 'head' ? readHead(part, { line, keys }) : null
    if (head?.trusted) heads.push(head)
  }
  if (heads.length === 0) throw new Error(`${path} must hold a head that one of the given keys signed.`)
  return heads
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

try {
  const { path, keys: given, head } = readCommand(process.argv.slice(2))
  const keys = await Promise.all(given.map(readKey))
  const olderHeads = head === null ? [] : await readOlderHeads(head, keys)
  const verdict = await verifyExport(await linesOf(path), { keys, olderHeads })
  for (const note of verdict.notes) console.log(note)
  for (const { line, text } of verdict.faults) console.log(line === null ? `${text}.` : `Line ${line}: ${text}.`)
  const dropped = verdict.dropped > 0 ? ` (the content of ${verdict.dropped} was dropped)` : ''
  const count = counted(verdict.events, 'event')
  if (verdict.faults.length === 0) console.log(`${count}${dropped}, unbroken, head signed at ${verdict.head?.time}.`)
  else console.log(`${count}${dropped}, broken: ${counted(verdict.faults.length, 'fault')}.`)
  process.exitCode = verdict.faults.length === 0 ? 0 : 1
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
