import { setTimeout } from 'node:timers/promises'
import { createSecrets, createTokens } from '@project-keys/keys'
import { describe, expect, inject, test } from 'vitest'
import { createRest } from './support/api.ts'
import { mailedLink, newAddress } from './support/mails.ts'

const place = inject('place')
const rest = createRest(place)
const tokens = createTokens({ secrets: createSecrets(place.secret), issuer: `${place.consoleUrl}/` })
const tokenOf = (email: string, ttl = 3600) => tokens.sign({ audience: 'client', email, now: new Date(), ttl })

type Person = { uuid: string; email: string }
type Visit = { cookie?: string; form?: Record<string, string> }

/** A visit as a browser makes it, without following where it leads. */
async function visit(path: string, { cookie = '', form }: Visit = {}) {
  const headers = { cookie, origin: place.consoleUrl, accept: 'text/html' }
  const content = form ? { method: 'POST', body: new URLSearchParams(form) } : {}
  return fetch(`${place.consoleUrl}${path}`, { headers, redirect: 'manual', ...content })
}

const cookieOf = ({ headers }: Response) =>
  headers
    .getSetCookie()
    .find((cookie) => cookie.startsWith('session='))
    ?.split(';')[0] ?? ''

/** As the session that a cookie holds, over REST: the console has no form for it without a browser. */
const askForAddress = ({ uuid }: Person, cookie: string, email: string) =>
  fetch(`${place.apiUrl}/v0/users/${uuid}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${cookie.slice(cookie.indexOf('=') + 1)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email }),
  })

/** Signs in by the console's own form, behind a mailed link. */
async function signIn(link: string): Promise<string> {
  const token = new URL(link).searchParams.get('token') ?? ''
  return cookieOf(await visit('/auth/confirm', { form: { token } }))
}

async function newPerson(name: string) {
  const email = newAddress(name)
  await rest.signUp(name, email)
  const cookie = await signIn(rest.link(email))
  return { person: await rest.find(email), cookie }
}

type Held = { person: Person; cookie: string }

/** Everything that ends a session in the console. */
const ENDS: Record<string, (held: Held) => Promise<string | undefined>> = {
  'signing out': async ({ cookie }) => {
    expect((await visit('/auth/signout', { cookie, form: {} })).status).toBe(303)
    return undefined
  },
  'a lock': async ({ person }) => {
    await rest.lock(person.uuid, true)
    return undefined
  },
  'a lock and an unlock': async ({ person }) => {
    for (const locked of [true, false]) await rest.lock(person.uuid, locked)
    return undefined
  },
  'a new address': async ({ person, cookie }) => {
    const email = newAddress('moved')
    expect((await askForAddress(person, cookie, email)).status).toBe(200)
    await signIn(await mailedLink(email))
    return undefined
  },
  'its last second': async ({ person, cookie }) => {
    const name = cookie.slice(0, cookie.indexOf('='))
    const short = `${name}=${tokenOf(person.email, 2)}`
    expect((await visit('/projects?all', { cookie: short })).status).toBe(200)
    await setTimeout(2100)
    return short
  },
}

describe.each(Object.entries(ENDS))('after %s', (_, end) => {
  test('a cookie that was kept shows no page, no data of one, and does nothing by a form', async () => {
    const { person, cookie } = await newPerson('Kept')
    const paths = ['/projects?all', '/account', '/account/tokens']
    for (const path of paths) expect([path, (await visit(path, { cookie })).status]).toEqual([path, 200])
    const kept = (await end({ person, cookie })) ?? cookie

    for (const path of paths) {
      const page = await visit(path, { cookie: kept })
      expect([path, page.status]).toEqual([path, 401])
      expect(await page.text()).not.toContain(person.email)
      const data = await visit(path.replace(/(\?.*)?$/, '/__data.json$1'), { cookie: kept })
      expect(await data.text()).not.toContain(person.email)
    }
    const form = { uuid: crypto.randomUUID(), name: 'stolen', expiry: '90' }
    const made = await visit('/account/tokens/new', { cookie: kept, form })
    expect(made.status).toBe(401)
    expect(await rest.listTokens(person.uuid)).toEqual([])
  })
})
