import { expect, test } from 'vitest'
import { words } from '../src/lib/words/en.ts'
import { findForms, holdBack } from './support/forms.ts'
import { createWorld } from './support/world.ts'

test('a form of any action whose body is not there after 10 s is refused with 408, and changes nothing', async () => {
  const world = await createWorld()
  const { session, fields } = world
  const { actions } = await findForms(world)
  const before = await world.state(session)
  const began = performance.now()
  const held = await Promise.all(actions.map((path) => holdBack({ path, session, fields })))
  for (const { answer } of held) {
    const { status, connection, html } = await answer
    expect(status).toBe(408)
    expect(connection).toBe('close')
    expect(html).toContain(words.failure.next[408])
  }
  expect(performance.now() - began).toBeGreaterThan(9_000)
  for (const { release } of held) release()
  expect(await world.state(session)).toEqual(before)
}, 60_000)
