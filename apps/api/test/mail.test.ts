import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { createMailer } from '../src/mail/mailer.ts'
import { readable, startSmtp } from './smtp.ts'

const mail = {
  to: 'bob@example.com',
  subject: 'Zoë <b> invites you to Acme',
  text: `Zoë <b> invites you.\n\nLook: http://localhost:3000/auth/accept?token=${'a'.repeat(200)}\n`,
  html: `<p>Zoë &lt;b&gt; invites you.</p><a href="http://localhost:3000/auth/accept?token=${'a'.repeat(200)}">Look</a>`,
  url: `http://localhost:3000/auth/accept?token=${'a'.repeat(200)}`,
}
const from = 'Project Keys <no-reply@example.com>'

describe('with an SMTP server', () => {
  test('a mail arrives as text and as HTML, at its one address', async () => {
    const { letters, url: smtpUrl } = await startSmtp()
    createMailer({ smtpUrl, from }).send(mail)
    await expect.poll(() => letters).toHaveLength(1)
    const [{ from: sender, to, data } = { from: '', to: [], data: '' }] = letters
    expect([sender, to]).toEqual([expect.stringContaining('<no-reply@example.com>'), ['<bob@example.com>']])
    const [head = ''] = data.split('\r\n\r\n')
    expect(head).toContain('From: Project Keys <no-reply@example.com>')
    expect(head).toContain('To: bob@example.com')
    expect(head).toMatch(/^Subject: =\?UTF-8\?/m)
    expect(head).toMatch(/^Content-Type: multipart\/alternative/m)
    expect(readable(data)).toContain(mail.text.trim().split('\n').at(-1))
    expect(readable(data)).toContain(mail.html)
    expect(data).toMatch(/^Content-Type: text\/plain/m)
    expect(data).toMatch(/^Content-Type: text\/html/m)
  })

  test('no name and no address brings a header or a recipient of its own', async () => {
    const { letters, url: smtpUrl } = await startSmtp()
    const { send } = createMailer({ smtpUrl, from })
    send({ ...mail, subject: 'Eve\r\nBcc: eve@example.com', to: 'bob@example.com' })
    await expect.poll(() => letters).toHaveLength(1)
    expect(letters[0]?.to).toEqual(['<bob@example.com>'])
    expect(letters[0]?.data).not.toMatch(/^Bcc:/im)
  })

  test('sending is not waited for, and begins when the answer has left', async () => {
    const { server, letters, url: smtpUrl } = await startSmtp()
    let begun = false
    server.once('connection', () => {
      begun = true
    })
    createMailer({ smtpUrl, from }).send(mail)
    await Promise.resolve()
    expect(begun).toBe(false)
    await expect.poll(() => letters).toHaveLength(1)
  })
})

describe('a mail that the server refuses', () => {
  /** Refuses the recipient as often as there are refusals left. */
  const refusing = async (...refusals: string[]) => {
    const refused: string[] = []
    const smtp = await startSmtp((line) => {
      const refusal = line.startsWith('RCPT TO') ? refusals.shift() : undefined
      if (refusal) refused.push(refusal)
      return refusal ?? null
    })
    return { ...smtp, refused }
  }
  const LATER = '451 4.7.1 Greylisted, come again later'
  const NEVER = '550 5.1.1 No such user here'

  test('for now is tried again, and arrives once', async () => {
    const { url: smtpUrl, letters, refused } = await refusing(LATER, LATER)
    const mailer = createMailer({ smtpUrl, from, retryAfterMs: [20, 20, 20] })
    mailer.send(mail)
    await expect.poll(() => letters).toHaveLength(1)
    await mailer.finish()
    expect([refused, letters.length]).toEqual([[LATER, LATER], 1])
  })

  test('again and again is given up, in a line that tells no link', async () => {
    const { url: smtpUrl, refused } = await refusing(LATER, LATER, LATER, LATER)
    const { code, out, err } = await saidBy({ smtpUrl, retryAfterMs: [20, 20] })
    expect([code, out, refused.length]).toEqual([0, '', 3])
    expect(err).toMatch(/^The mail “.*” to bob@example.com could not be sent: .*451.*\n$/)
    expect(err).not.toContain('token=')
  })

  test('for good is not tried again', async () => {
    const { url: smtpUrl, refused } = await refusing(NEVER, NEVER)
    const { err } = await saidBy({ smtpUrl, retryAfterMs: [20] })
    expect([err, refused]).toEqual([expect.stringMatching(/could not be sent: .*550/), [NEVER]])
  })

  test('for its link is reported without the token that the server quotes', async () => {
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2JAZXhhbXBsZS5jb20ifQ.c2lnbmF0dXJl'
    const { url: smtpUrl } = await refusing(`554 5.7.1 Blocked: http://localhost:3000/auth/confirm?token=${token}`)
    const { err } = await saidBy({ smtpUrl, retryAfterMs: [] })
    expect(err).toMatch(/Blocked: .*token=\[redacted\]/)
    expect(err).not.toContain(token.slice(-10))
  })

  test('for now is tried at once, the last time, when the service is told to stop', async () => {
    const { url: smtpUrl, letters, refused } = await refusing(LATER)
    const mailer = createMailer({ smtpUrl, from, retryAfterMs: [600_000] })
    mailer.send(mail)
    await expect.poll(() => refused).toHaveLength(1)
    await mailer.finish()
    expect(letters).toHaveLength(1)
  })
})

test('a mail that no request waits for is sent once, and its sender learns whether it arrived', async () => {
  const { url: smtpUrl, letters } = await startSmtp((line) => (line.includes('<away@') ? '451 4.7.1 Later' : null))
  const { deliver } = createMailer({ smtpUrl, from, retryAfterMs: [10] })
  const report = vi.spyOn(console, 'error').mockImplementation(() => {})
  expect(await Promise.all([deliver(mail), deliver({ ...mail, to: 'away@example.com' })])).toEqual([true, false])
  expect(report.mock.calls.flat()).toEqual([expect.stringMatching(/to away@example.com could not be sent: .*451/)])
  report.mockRestore()
  expect(letters).toHaveLength(1)
})

/** The output of a process that sends a mail with this mailer. */
async function saidBy(options: { smtpUrl?: string; retryAfterMs?: number[] }) {
  const module = join(import.meta.dirname, '../src/mail/mailer.ts')
  const script = `const { createMailer } = await import(${JSON.stringify(module)})
    createMailer(${JSON.stringify({ from, ...options })}).send(${JSON.stringify(mail)})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text
  })
  const [code] = await once(child, 'close')
  return { code: Number(code), ...said }
}

test('without an SMTP server the link goes to the output', async () => {
  expect(await saidBy({})).toEqual({
    code: 0,
    out: `\nMail to ${mail.to}: ${mail.subject}\n  ${mail.url}\n`,
    err: '',
  })
})

test('a server that is away ends nothing, and no link is told', async () => {
  const { code, out, err } = await saidBy({ smtpUrl: 'smtp://user:secret@127.0.0.1:1' })
  expect([code, out]).toEqual([0, ''])
  expect(err).toMatch(/^The mail “.*” to bob@example.com could not be sent: /)
  expect(err).not.toMatch(/token=|secret/)
})
