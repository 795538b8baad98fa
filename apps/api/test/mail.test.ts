import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { createMailer } from '../src/mail.ts'

const mail = {
  to: 'bob@example.com',
  subject: 'Zoë <b> invites you to Acme',
  text: `Zoë <b> invites you.\n\nLook: http://localhost:3000/auth/accept?token=${'a'.repeat(200)}\n`,
  html: `<p>Zoë &lt;b&gt; invites you.</p><a href="http://localhost:3000/auth/accept?token=${'a'.repeat(200)}">Look</a>`,
  url: `http://localhost:3000/auth/accept?token=${'a'.repeat(200)}`,
}

type Received = { from: string; to: string[]; data: string }
const received: Received[] = []

/** As much of an SMTP server (RFC 5321) as a mail needs to arrive. */
const server = createServer((socket) => void converse(socket))
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
const smtpUrl = `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
afterAll(() => void server.close())

async function converse(socket: Socket) {
  socket.setEncoding('utf8').write('220 sink\r\n')
  let letter: Received = { from: '', to: [], data: '' }
  let inData = false
  let rest = ''
  for await (const chunk of socket) {
    const lines = (rest + chunk).split('\r\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (inData && line !== '.') {
        letter.data += `${line.replace(/^\./, '')}\r\n`
        continue
      }
      if (inData) received.push(letter)
      inData = line === 'DATA'
      if (/^MAIL FROM/.test(line)) letter = { from: line, to: [], data: '' }
      if (/^RCPT TO/.test(line)) letter.to.push(line.slice('RCPT TO:'.length))
      socket.write(inData ? '354 go on\r\n' : line === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n')
      if (line === 'QUIT') socket.end()
    }
  }
}

/** Undoes quoted-printable (RFC 2045 6.7). */
const readable = (data: string) =>
  Buffer.from(
    data
      .replaceAll('=\r\n', '')
      .replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    'latin1',
  ).toString('utf8')

beforeEach(() => {
  received.length = 0
})

describe('with an SMTP server', () => {
  const send = createMailer({ smtpUrl, from: 'Project Keys <no-reply@example.com>' })

  test('a mail arrives as text and as HTML, at its one address', async () => {
    send(mail)
    await expect.poll(() => received).toHaveLength(1)
    const [{ from, to, data } = { from: '', to: [], data: '' }] = received
    expect([from, to]).toEqual([expect.stringContaining('<no-reply@example.com>'), ['<bob@example.com>']])
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
    send({ ...mail, subject: 'Eve\r\nBcc: eve@example.com', to: 'bob@example.com' })
    await expect.poll(() => received).toHaveLength(1)
    expect(received[0]?.to).toEqual(['<bob@example.com>'])
    expect(received[0]?.data).not.toMatch(/^Bcc:/im)
  })

  test('sending is not waited for, and begins when the answer has left', async () => {
    let begun = false
    server.once('connection', () => {
      begun = true
    })
    send(mail)
    await Promise.resolve()
    expect(begun).toBe(false)
    await expect.poll(() => received).toHaveLength(1)
  })
})

/** What a process with this mailer says when it sends the mail. */
async function saidBy(smtpUrl: string | undefined) {
  const module = join(import.meta.dirname, '../src/mail.ts')
  const options = JSON.stringify({ smtpUrl, from: 'no-reply@example.com' })
  const script = `const { createMailer } = await import(${JSON.stringify(module)})
    createMailer(${options})(${JSON.stringify(mail)})`
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
  expect(await saidBy(undefined)).toEqual({
    code: 0,
    out: `\nMail to ${mail.to}: ${mail.subject}\n  ${mail.url}\n`,
    err: '',
  })
})

test('a server that is away ends nothing, and no link is told', async () => {
  const { code, out, err } = await saidBy('smtp://user:secret@127.0.0.1:1')
  expect([code, out]).toEqual([0, ''])
  expect(err).toMatch(/^The mail “.*” to bob@example.com could not be sent: /)
  expect(err).not.toMatch(/token=|secret/)
})
