import { z } from 'zod'
import { chainName, GENESIS, hashLine } from '../audit/chain.ts'

// The lines of an export: the start, each event and then its links, and the signed heads. The line of an event is exactly
// the text that was sealed. The line of its links makes each event provable by itself, whatever happened to its neighbours.

export type SignedHead = { key: string; text: string; signature: Uint8Array }
type Stored = { number: number; line: string | null; hash: Uint8Array; link: Uint8Array }

export const startLine = (chain: string) =>
  `{"chain":"${chainName(chain)}","from":1,"link":"${GENESIS.toString('hex')}"}\n`

/** The lines of an event, whose content the retention may have dropped. */
export function eventLines({ number, line, hash, link }: Stored, before: Uint8Array): string {
  const text = line ?? `{"number":${number},"dropped":"${hexOf(hash)}"}`
  return `${text}\n{"number":${number},"before":"${hexOf(before)}","link":"${hexOf(link)}"}\n`
}

export const headLine = ({ text, signature, key }: SignedHead) =>
  `${JSON.stringify({ head: text, signature: Buffer.from(signature).toString('base64'), key })}\n`

export type Links = { number: number; before: string; link: string }
/** A line as it was read. `number`: of an event, as its line says; null if it says none. */
export type Part =
  | { kind: 'start'; chain: string }
  | { kind: 'event'; number: number | null; hash: Buffer; dropped: boolean }
  | ({ kind: 'links' } & Links)
  | ({ kind: 'head' } & SignedHead)

const LINKS = /^\{"number":(\d{1,15}),"before":"([\da-f]{64})","link":"([\da-f]{64})"\}$/
const DROPPED = /^\{"number":(\d{1,15}),"dropped":"([\da-f]{64})"\}$/
const NUMBER = /^\{"number":(\d{1,15}),/
const START = /^\{"chain":"([\da-f-]{36}|server)","from":1,"link":"0{64}"\}$/
const Head = z.strictObject({ head: z.string(), signature: z.base64(), key: z.string() })

export function readLine(bytes: Buffer): Part {
  const text = bytes.toString('latin1')
  const [isLinks, number, before, link] = LINKS.exec(text) ?? []
  if (isLinks && before && link) return { kind: 'links', number: Number(number), before, link }
  const [isDropped, ofDropped, hash] = DROPPED.exec(text) ?? []
  if (isDropped && hash) {
    return { kind: 'event', number: Number(ofDropped), hash: Buffer.from(hash, 'hex'), dropped: true }
  }
  const [isStart, chain] = START.exec(text) ?? []
  if (isStart && chain) return { kind: 'start', chain }
  const said = NUMBER.exec(text)?.[1]
  const head = said === undefined ? readHeadLine(bytes) : null
  if (head) return { kind: 'head', ...head }
  return { kind: 'event', number: said === undefined ? null : Number(said), hash: hashLine(bytes), dropped: false }
}

/** Null if a line differs in any byte from one that an export has. */
function readHeadLine(bytes: Buffer): SignedHead | null {
  const text = bytes.toString()
  const { data } = Head.safeParse(text.startsWith('{"head":') ? jsonOf(text) : null)
  const head = data && { text: data.head, signature: Buffer.from(data.signature, 'base64'), key: data.key }
  return head && headLine(head) === `${text}\n` ? head : null
}

/** Null for other texts. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
