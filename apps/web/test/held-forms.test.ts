import { beforeEach, expect, test } from 'vitest'
import { words } from '../src/lib/words/en.ts'
import { place, rest } from './support/browser.ts'
import { findForms, holdBack, URL_ENCODED } from './support/forms.ts'
import { createWorld, type World } from './support/world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})

/** Holds back a form of every action that needs a session, until this has been done. Returns all answers. */
async function answersAfter(act: () => Promise<unknown>) {
  const { actions } = await findForms(world)
  const { session, fields } = world
  const paths = actions.filter((path) => !path.startsWith('/auth/'))
  const held = await Promise.all(paths.map((path) => holdBack({ path, session, fields })))
  await act()
  for (const { release } of held) release()
  return Promise.all(held.map(({ answer }, index) => answer.then((answer) => ({ ...answer, path: paths[index] }))))
}

const owner = rest.session(place.owner, 3000)

test('a form whose body arrives after its user has signed out changes nothing', async () => {
  const before = await world.state(owner)
  const answers = await answersAfter(async () => {
    const cookie = `session=${world.session}`
    const headers = { accept: 'text/html', origin: place.consoleUrl, cookie, 'content-type': URL_ENCODED }
    const answer = await fetch(`${place.consoleUrl}/auth/signout`, { method: 'POST', headers, redirect: 'manual' })
    expect(answer.status).toBe(303)
  })
  for (const { path, status, html } of answers) {
    expect(status, path).toBe(401)
    expect(html).toContain(words.failure.titles[401])
  }
  expect(await world.state(owner)).toEqual(before)
})

test('a form whose body arrives after its user was locked changes nothing', async () => {
  let before: unknown
  const answers = await answersAfter(async () => {
    await rest.lock(world.user.uuid, true)
    before = await world.state(owner)
  })
  for (const { path, status } of answers) expect([401, 403], path).toContain(status)
  expect(await world.state(owner)).toEqual(before)
})

test('a form whose body arrives late, but while its user still may, does what it says', async () => {
  const { session, fields, places } = world
  const path = `/projects/${places['projects/[project]']}/keys/new`
  const { answer, release } = await holdBack({ path, session, fields })
  release()
  expect((await answer).status).toBe(200)
})
