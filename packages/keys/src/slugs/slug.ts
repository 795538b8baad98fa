import { randomBytes } from 'node:crypto'
import { readUuid } from '@project-keys/verify/uuid'
import { slugify } from 'transliteration'
import { isTaken } from '../database/faults.ts'

const MAX_LENGTH = 64
const SUFFIX_LENGTH = 7

/**
 * A slug for a name: `C++ & Rust` is `c-rust`, `Été` is `ete`. A name without any letter gets a random one, and a name
 * that would be read as a UUID a suffix.
 */
export function slugOf(name: string): string {
  const slug = cut(slugify(name, { allowedChars: 'a-zA-Z0-9', lowercase: true }), MAX_LENGTH) || suffix()
  return readUuid(slug) === null ? slug : withSuffix(slug)
}

/** A suffix has 24 bits, so a user who takes many slugs that begin alike makes it likely that one is taken, too. */
const SUFFIXES = 4

/** Makes a thing under the slug that is wanted or, where that is taken, under one that begins like it. */
export async function withFreeSlug<Made>(wanted: string, make: (slug: string) => Promise<Made>): Promise<Made> {
  for (let left = SUFFIXES, slug = wanted; ; left--, slug = withSuffix(wanted)) {
    try {
      return await make(slug)
    } catch (error) {
      if (!isTaken(error) || left === 0) throw error
    }
  }
}

/** Begins like the slug, and is hardly anybody's. */
export const withSuffix = (slug: string): string => `${cut(slug, MAX_LENGTH - SUFFIX_LENGTH)}-${suffix()}`

const cut = (slug: string, length: number) => slug.slice(0, length).replace(/^-+|-+$/g, '')

const suffix = () => randomBytes(3).toString('hex')
