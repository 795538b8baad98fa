import { type Failure, NO_RESPONSE } from './failures.ts'
import { batchesOf, type Format } from './selection.ts'

/** Saves a file with these keys; returns why it could not. No part of a file is saved. */
export async function downloadSelected(base: string, uuids: string[], format: Format): Promise<Failure | undefined> {
  const parts: Blob[] = []
  for (const keys of batchesOf(uuids)) {
    const fields = { format, keys: keys.join(' '), ...(parts.length > 0 && { part: 'next' }) }
    const response = await fetch(`${base}/export`, { method: 'POST', body: new URLSearchParams(fields) }).catch(
      () => null,
    )
    if (!response?.ok) return response ? { status: response.status } : NO_RESPONSE
    const part = await response.blob().catch(() => null)
    if (!part) return NO_RESPONSE
    parts.push(part)
  }
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob(parts))
  link.download = `keys-${base.split('/').at(-2)}.${format}`
  link.click()
  URL.revokeObjectURL(link.href)
  return undefined
}
