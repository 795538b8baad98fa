import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { takenError } from '../database/faults.ts'
import { Slug } from '../fields/fields.ts'
import { slugOf, withFreeSlug } from './slug.ts'

describe('a slug of a name', () => {
  test.each([
    ['Same Name', 'same-name'],
    ['C++ & Rust', 'c-rust'],
    ['Été à la plage', 'ete-a-la-plage'],
    ['  --A_B--  ', 'a-b'],
    ['Straße 7', 'strasse-7'],
    ['x'.repeat(100), 'x'.repeat(64)],
    [`${'x'.repeat(63)} y`, 'x'.repeat(63)],
  ])('of %j is %s', (name, slug) => {
    expect(slugOf(name)).toBe(slug)
  })

  test('is random for a name without letters', () => {
    expect(slugOf('+++')).toMatch(/^[0-9a-f]{6}$/)
    expect(slugOf('🚀')).not.toBe(slugOf('🚀🚀'))
  })

  test('is one whatever the name', () => {
    const uuid = fc.uuid().chain((uuid) => fc.constantFrom(uuid, uuid.toUpperCase(), uuid.replaceAll('-', '')))
    const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), uuid)
    fc.assert(fc.property(name, (name) => Slug.safeParse(slugOf(name)).success))
  })
})

describe('a slug that is taken', async () => {
  const { db } = await freshDatabase()
  const make = (slug: string) => {
    const time = new Date(0)
    const data = { uuid: randomUUID(), name: 'A', slug, created: time, modified: time, claimed: time }
    return db.prisma.organization.create({ data })
  }

  test('gets a suffix, and is still a slug at its full length', async () => {
    const wanted = `${'x'.repeat(56)}-${'y'.repeat(7)}`
    expect((await withFreeSlug(wanted, make)).slug).toBe(wanted)
    const { slug } = await withFreeSlug(wanted, make)
    expect(slug).toMatch(/^x{56}-[0-9a-f]{6}$/)
    expect(Slug.parse(slug)).toBe(slug)
  })

  test('is given to one of many who want it at once, the others get their own', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => withFreeSlug('wanted', make)))
    expect(new Set(made.map(({ slug }) => slug)).size).toBe(8)
    expect(made.filter(({ slug }) => slug === 'wanted')).toHaveLength(1)
  })

  test('gets another suffix where its first ones are taken, too, but not without end', async () => {
    const afterTaken = (times: number) => {
      let left = times
      return withFreeSlug('wanted', async (slug) => {
        if (left-- > 0) throw takenError('taken')
        return slug
      })
    }
    expect(await afterTaken(3)).toMatch(/^wanted-[0-9a-f]{6}$/)
    await expect(afterTaken(Number.POSITIVE_INFINITY)).rejects.toThrow('taken')
  })

  test('hides no other fault', async () => {
    await expect(withFreeSlug('a', () => Promise.reject(new Error('another')))).rejects.toThrow('another')
  })
})
