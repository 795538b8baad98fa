import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findFields, findForms, URL_ENCODED } from './support/forms.ts'
import { STACK, startOwnConsole } from './support/own-console.ts'
import { createWorld } from './support/world.ts'

const { send, expectNoOutput } = await startOwnConsole()

const DATES = ['0000-01-01', '-271821-04-20', '+275760-09-13', '9999-12-31', '2030-01-01T00:00', '2030-13-01', 'x']

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }).map((text) => text.toWellFormed()),
  fc.constantFrom('', ' ', '\0', '🚀', '\u202e', "'", '<script>', '__proto__', '[object File]', 'x'.repeat(5_000)),
  fc.constantFrom('0', '-1', '1e400', 'NaN', 'null', 'true', 'never', 'date', '7', 'maintainer', 'leader', 'public'),
  fc.constantFrom(...DATES),
)
/** Forms of each action: more find more. */
const RUNS = 6

test('no form of any action, with whatever in its fields, is answered with a 5xx', async () => {
  const world = await createWorld()
  const { actions } = await findForms(world)
  const names = [...new Set([...Object.keys(world.fields), ...(await findFields())])]
  const good = (name: string) => fc.constant(Reflect.get(world.fields, name) ?? '')
  const field = (name: string) => fc.oneof({ weight: 3, arbitrary: good(name) }, { weight: 1, arbitrary: nasty })
  const forms = fc.record(Object.fromEntries(names.map((name) => [name, field(name)])), { requiredKeys: [] })
  // Each action gets a world of its own, because some end the session or delete the project.
  for (const index of actions.keys()) {
    const own = await createWorld()
    const path = (await findForms(own)).actions[index] ?? ''
    const property = fc.asyncProperty(forms, fc.boolean(), async (fields, isSignedIn) => {
      const headers = { 'content-type': URL_ENCODED, ...(isSignedIn && { cookie: `session=${own.session}` }) }
      const answer = await send(path, headers, new URLSearchParams(fields).toString())
      expect(answer.status, path).toBeLessThan(500)
      expect(answer.text).not.toMatch(STACK)
    })
    await fc.assert(property, { numRuns: RUNS })
  }
  await expectNoOutput()
}, 120_000)

test('a key’s last day that is no day of the next centuries is refused at its field', async () => {
  const { session, places, fields } = await createWorld()
  for (const date of DATES) {
    const body = new URLSearchParams({ ...fields, expiry: 'date', date }).toString()
    const path = `/projects/${places['projects/[project]']}/keys/new`
    const { status, text } = await send(path, { 'content-type': URL_ENCODED, cookie: `session=${session}` }, body)
    expect(status, date).toBe(400)
    expect(text, date).toMatch(/id="(date|name)-problem"/)
  }
  await expectNoOutput()
})
