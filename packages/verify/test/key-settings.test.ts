import { describe, expect, test } from 'vitest'
import { STALENESS_BOUND } from '../src/freshness.ts'
import { PLAIN } from '../src/key-settings.ts'
import { createWorld, sleep } from './world.ts'

const world = await createWorld()
const verifier = await world.startVerifier()

async function keyWith(settings: Record<string, unknown>) {
  const key = await world.createKey()
  await set(key.uuid, settings)
  return key
}
const set = async (uuid: string, settings: Record<string, unknown>) => {
  for (const [column, value] of Object.entries(settings))
    await world.sql(`UPDATE project_keys SET ${column} = $2 WHERE uuid = $1`, [uuid, value])
}
/** Once from the database and once from the cache. */
async function bothTimes(key: string, options: Parameters<typeof verifier.verify>[1]) {
  const verdicts = [await verifier.verify(key, options), await verifier.verify(key, options)]
  expect(verdicts[0]).toEqual(verdicts[1])
  return verdicts[0]
}

test('a verified key has all that is set of it, and null where nothing is', async () => {
  const settings = {
    description: 'For CI',
    scopes: ['reports:*'],
    allowed_networks: ['192.0.2.0/24'],
    external_id: 'cus_42',
    metadata: { team: 'billing', empty: '' },
    rate_limit: { requests: 5, seconds: 60 },
  }
  const { key } = await keyWith(settings)
  const verdict = await verifier.verify(key, { address: '192.0.2.1' })
  expect(verdict).toMatchObject({ valid: true, key: settings })
  const plain = await world.createKey()
  expect(await verifier.verify(plain.key)).toMatchObject({ valid: true, key: PLAIN })
  expect(await verifier.verify((await keyWith({ scopes: [], allowed_networks: [] })).key)).toMatchObject({
    key: { scopes: null, allowed_networks: null },
  })
})

describe('a key with scopes', () => {
  test('is good only for calls that ask for none that it lacks', async () => {
    const { key } = await keyWith({ scopes: ['reports:*', 'jobs'] })
    for (const scopes of [undefined, [], ['jobs'], ['reports:a', 'jobs']])
      expect(await bothTimes(key, { scopes })).toMatchObject({ valid: true })
    expect(await bothTimes(key, { scopes: ['jobs', 'reports'] })).toEqual({
      valid: false,
      reason: 'insufficient_scope',
      scopes: ['jobs', 'reports'],
    })
  })

  test('a key without scopes has every one', async () => {
    const { key } = await world.createKey()
    expect(await bothTimes(key, { scopes: ['anything'] })).toMatchObject({ valid: true })
  })

  test('another project is the reason before a missing scope', async () => {
    const { key } = await keyWith({ scopes: ['a'] })
    expect(await bothTimes(key, { scopes: ['b'], project: 'other' })).toMatchObject({ reason: 'other_project' })
  })
})

describe('a key with networks', () => {
  test('is refused outside of them, and where the address is not told or in doubt', async () => {
    const { key } = await keyWith({ allowed_networks: ['192.0.2.0/24', '2001:db8::/32'] })
    const reasonFor = async (options: Parameters<typeof verifier.verify>[1]) => {
      const verdict = await bothTimes(key, options)
      return verdict?.valid ? 'good' : verdict?.reason
    }
    expect(await reasonFor({ address: '192.0.2.7' })).toBe('good')
    expect(await reasonFor({ address: '::ffff:192.0.2.7' })).toBe('good')
    expect(await reasonFor({ address: '2001:db8::7' })).toBe('good')
    expect(await reasonFor({ address: '192.0.3.7' })).toBe('address_not_allowed')
    expect(await reasonFor({})).toBe('address_unknown')
    expect(await reasonFor({ address: 'unknown' })).toBe('address_unknown')
    expect(await reasonFor({ address: '192.0.2.7', addressInDoubt: true })).toBe('address_unknown')
  })

  test('its refused calls are no use of it', async () => {
    const own = await world.startVerifier()
    const { uuid, key } = await keyWith({ allowed_networks: ['192.0.2.0/24'], scopes: ['a'] })
    await own.verify(key, { address: '198.51.100.1' })
    await own.verify(key)
    await own.verify(key, { address: '192.0.2.1', scopes: ['b'] })
    await own.close()
    expect(await world.sql('SELECT FROM project_key_calls WHERE key = $1', [uuid])).toEqual([])
  })
})

test.each([
  ['scopes', { scopes: ['other'] }, { scopes: ['a'] }],
  ['networks', { allowed_networks: ['198.51.100.0/24'] }, { address: '192.0.2.1' }],
  ['limit', { rate_limit: { requests: 1, seconds: 86_400 } }, { address: '192.0.2.1' }],
])('narrower %s hold in another process within the bound', async (_, narrower, options) => {
  const { uuid, key } = await world.createKey()
  for (let n = 0; n < 3; n++) expect((await verifier.verify(key, options)).valid).toBe(true)
  await set(uuid, narrower)
  await sleep(STALENESS_BOUND)
  const verdicts = [await verifier.verify(key, options), await verifier.verify(key, options)]
  expect(verdicts[1]?.valid).toBe(false)
})
