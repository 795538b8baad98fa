import { expect, test } from 'vitest'
import { sendTestMail } from '../src/mail/test-mail.ts'
import { startSmtp } from './smtp.ts'

const PASSWORD = 'p@ss/word of mine'
const to = 'ada@example.com'
const sendTo = (smtpUrl: string) => sendTestMail({ smtpUrl, from: 'Keys <keys@example.com>', to })
const withPassword = (url: string) => url.replace('smtp://', `smtp://me:${encodeURIComponent(PASSWORD)}@`)

test('a test mail that is accepted is one mail, and the text of the server is told', async () => {
  const { url, letters } = await startSmtp((line) => (line === '.' ? '250 2.0.0 Ok: queued as 4F1' : null))
  expect(await sendTo(url)).toEqual({
    accepted: true,
    says: `The mail server accepted the mail to ${to}: 250 2.0.0 Ok: queued as 4F1`,
  })
  expect(letters).toMatchObject([{ to: [`<${to}>`], from: 'MAIL FROM:<keys@example.com>' }])
})

test.each([
  [/^RCPT/, '550 5.1.1 No such user', 'Check MAIL_FROM'],
  [/^MAIL/, '451 4.7.1 Greylisted', 'This is temporary'],
])(
  'a refusal at %s is told by its code and text, with what to check, and is not tried again',
  async (at, response, advice) => {
    let tries = 0
    const { url } = await startSmtp((line) => (at.test(line) && ++tries ? response : null))
    const { accepted, says } = await sendTo(url)
    expect([accepted, says.split('\n'), tries]).toEqual([
      false,
      [`The mail server refused the mail: ${response}`, expect.stringContaining(advice)],
      1,
    ])
  },
)

test('a refused sign-in names user and password as what to check, and hides them even if the server repeats them', async () => {
  const encoded = Buffer.from(`\0me\0${PASSWORD}`).toString('base64')
  const { url } = await startSmtp((line) => {
    if (line.startsWith('EHLO')) return '250-sink\r\n250 AUTH PLAIN'
    return line.startsWith('AUTH') ? `535 5.7.8 ${PASSWORD} is wrong in ${encoded}` : null
  })
  const { accepted, says } = await sendTo(withPassword(url))
  expect(accepted).toBe(false)
  expect(says).toContain('535 5.7.8 [redacted] is wrong in [redacted]\nCheck the user and the password')
})

test('a server that can’t be reached is told with its address and what to check, without the password', async () => {
  const { server, url } = await startSmtp()
  server.close()
  for (const place of [withPassword(url), withPassword('smtp://nowhere.invalid')]) {
    const { accepted, says } = await sendTo(place)
    expect(accepted).toBe(false)
    expect(says).toContain(`The mail server at ${new URL(place).host} can’t be used: `)
    expect(says).toContain('Check the host and the port of SMTP_URL')
    expect(says).not.toMatch(/p@ss|p%40ss/)
  }
})
