import { expect, test } from 'vitest'
import { hydrated, newPage, rest, signIn } from './support/browser.ts'
import { newAddress } from './support/mails.ts'
import { newMember } from './support/members.ts'

const DAY = 24 * 60 * 60 // s

/** A leader of an organization with two projects, with a key that expires soon in each. */
async function leaderOfTwo() {
  const email = newAddress('leader')
  await rest.signUp('Leader', email)
  const session = rest.session(email, 3000)
  const call = <Answer>(method: string, path: string, body?: object) => rest.callAs<Answer>(session, method, path, body)
  const { slug } = await call<{ slug: string }>('POST', '/organizations', { name: 'Whole' })
  for (const name of ['One', 'Two']) {
    const project = await call<{ slug: string }>('POST', `/organizations/${slug}/projects`, { name })
    await call('POST', `/projects/${project.slug}/keys`, { name: `soon-${name}`, ttl: 3 * DAY })
    await call('POST', `/projects/${project.slug}/keys`, { name: `endless-${name}` })
  }
  return { organization: slug, session, page: await signIn(await newPage(), email) }
}

test('what expires in all projects is found in 2 actions from the start page, with the counts of each', async () => {
  const { organization, page } = await leaderOfTwo()
  await page.goto('/')
  await page.getByText('2 active · 1 expire within 30 days').first().waitFor()
  await hydrated(page)
  await page.getByRole('link', { name: 'Whole' }).first().click()
  await page.getByText('4 active keys in 2 projects.').waitFor()
  await page.getByRole('link', { name: '2 Expiring' }).click()
  await page.getByRole('link', { name: 'soon-One' }).waitFor()
  expect(page.url()).toContain(`/organizations/${organization}?attention=expiring`)
  expect(await page.getByRole('rowheader').allTextContents()).toEqual([
    expect.stringContaining('soon-One'),
    expect.stringContaining('soon-Two'),
  ])
  expect(await page.getByRole('link', { name: '2 Expiring' }).getAttribute('aria-current')).toBe('true')
})

test('the cards of a project filter its list, without a script too', async () => {
  const { page } = await leaderOfTwo()
  const plain = await newPage({ javaScriptEnabled: false })
  await plain.context().addCookies(await page.context().cookies())
  await page.goto('/projects?all')
  const href = await page.getByRole('link', { name: 'One', exact: true }).getAttribute('href')
  await plain.goto(href ?? '')
  await plain.getByRole('link', { name: /Never expires/ }).click()
  await plain.getByText('1–1 of 1').waitFor()
  expect(await plain.getByRole('rowheader').allTextContents()).toEqual([expect.stringContaining('endless-One')])
  await plain.getByRole('link', { name: /Never expires/ }).click()
  await plain.getByText('1–2 of 2').waitFor()
})

test('a viewer finds no way to the overview, which is not there for them', async () => {
  const { organization, session } = await leaderOfTwo()
  const [project] = await rest.callAs<{ slug: string }[]>(session, 'GET', `/organizations/${organization}/projects`)
  const viewer = await signIn(await newPage(), await newMember(project?.slug ?? '', 'viewer'))
  await viewer.goto('/projects?all')
  await viewer.getByText('Whole').first().waitFor()
  expect(await viewer.getByRole('link', { name: 'Whole' }).count()).toBe(0)
  const response = await viewer.goto(`/organizations/${organization}`)
  expect(response?.status()).toBe(404)
})
