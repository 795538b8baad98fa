import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export type Letter = { from: string; to: string[]; data: string }
/** The reply instead of `250 ok`; null for `250 ok`. */
type Answer = (line: string) => string | null | Promise<string | null>

/** Starts a minimal SMTP server (RFC 5321) until the test ends. */
export async function startSmtp(answer: Answer = () => null) {
  const letters: Letter[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    converse(socket, { letters, answer }).catch(() => socket.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  return { server, letters, url: `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` }
}

async function converse(socket: Socket, { letters, answer }: { letters: Letter[]; answer: Answer }) {
  socket.setEncoding('utf8').write('220 sink\r\n')
  let letter: Letter = { from: '', to: [], data: '' }
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
      if (inData) letters.push(letter)
      inData = line === 'DATA'
      if (/^MAIL FROM/.test(line)) letter = { from: line, to: [], data: '' }
      if (/^RCPT TO/.test(line)) letter.to.push(line.slice('RCPT TO:'.length))
      const said = (await answer(line)) ?? (inData ? '354 go on' : line === 'QUIT' ? '221 bye' : '250 ok')
      socket.write(`${said}\r\n`)
      if (line === 'QUIT') socket.end()
    }
  }
}

/** Decodes quoted-printable (RFC 2045 6.7). */
export const readable = (data: string) =>
  Buffer.from(
    data
      .replaceAll('=\r\n', '')
      .replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    'latin1',
  ).toString('utf8')
