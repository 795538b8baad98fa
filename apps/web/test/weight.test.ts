import { expect, test } from 'vitest'
import { newPage, place, rest, signedIn } from './support/browser.ts'

/** A session of the owner in the cookie of the console. */
async function cookies() {
  const page = await signedIn()
  const kept = await page.context().cookies(place.consoleUrl)
  return kept.map(({ name, value }) => `${name}=${value}`).join('; ')
}

type Asked = { path: string; cookie?: string; encoding?: string }

const ask = ({ path, cookie = '', encoding = 'gzip' }: Asked) =>
  fetch(place.consoleUrl + path, { headers: { cookie, 'accept-encoding': encoding, accept: 'text/html' } })

test('a page and the data of a page are sent compressed if the browser asks for it', async () => {
  const project = await rest.createProject()
  const names = Array.from({ length: 25 }, (_, index) => `key-${index}`)
  await Promise.all(names.map((name) => rest.createKey(project, name)))
  const cookie = await cookies()
  for (const path of [`/projects/${project}/keys`, `/projects/${project}/keys/__data.json`]) {
    const compressed = await ask({ path, cookie })
    const whole = await ask({ path, cookie, encoding: 'gzip;q=0' })
    expect([path, compressed.headers.get('content-encoding')]).toEqual([path, 'gzip'])
    expect([path, whole.headers.get('content-encoding')]).toEqual([path, null])
    for (const { headers } of [compressed, whole]) expect(headers.get('vary')).toMatch(/accept-encoding/i)
    expect(Number(compressed.headers.get('content-length'))).toBeLessThan(
      Number(whole.headers.get('content-length')) / 3,
    )
    expect(await compressed.text()).toContain('key-24')
  }
})

test('a page with a new key, and one with the token of a mailed link, are never sent compressed', async () => {
  const project = await rest.createProject()
  const body = new URLSearchParams({ uuid: crypto.randomUUID(), name: 'secret', expiry: '90' })
  const origin = place.consoleUrl
  const headers = { cookie: await cookies(), 'accept-encoding': 'gzip', accept: 'text/html', origin }
  const once = await fetch(`${origin}/projects/${project}/keys/new`, { method: 'POST', headers, body })
  expect(await once.text()).toMatch(/bencher_run_\w{30}/)
  expect(once.headers.get('content-encoding')).toBeNull()

  const link = new URL(rest.link())
  const cookie = `mailed-link=${link.searchParams.get('token')}`
  const confirm = await ask({ path: link.pathname, cookie })
  expect(await confirm.text()).toContain(link.searchParams.get('token') ?? 'a token')
  expect(confirm.headers.get('content-encoding')).toBeNull()
})

test('a cold sign-in page takes at most 12 requests, and browsers keep all files but the page', async () => {
  const page = await newPage()
  const responses: { path: string; kept: string | undefined }[] = []
  page.on('response', (response) => {
    responses.push({ path: new URL(response.url()).pathname, kept: response.headers()['cache-control'] })
  })
  await page.goto('/auth/signin', { waitUntil: 'networkidle' })
  expect(responses.length).toBeGreaterThan(3)
  expect(responses.length).toBeLessThanOrEqual(12)
  const icon = await page.locator('link[rel=icon]').getAttribute('href')
  const { headers } = await fetch(new URL(icon ?? '', page.url()))
  const files = responses.filter(({ path }) => path !== '/auth/signin').map(({ kept }) => kept)
  expect(new Set([...files, headers.get('cache-control')])).toEqual(new Set(['public,max-age=31536000,immutable']))
})
