import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export type Request = { method: string; path: string; token?: string; body?: unknown }

/** Sends a request on a connection that stays open, and returns the status and the body of the response. */
type Send = (request: Request) => Promise<{ status: number; text: string }>

/** HTTP by hand, so that the load uses little CPU itself. It understands only the responses of our servers. */
export async function openConnection(port: number) {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1').setNoDelay()
  await once(socket, 'connect')
  const send: Send = async (request) => {
    socket.write(bytesOf(request))
    return answerOf(socket)
  }
  return { send, close: () => void socket.destroy() }
}

function bytesOf({ method, path, token, body }: Request) {
  const json = body === undefined ? '' : JSON.stringify(body)
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    ...(token ? [`authorization: Bearer ${token}`] : []),
    ...(json ? ['content-type: application/json', `content-length: ${Buffer.byteLength(json)}`] : []),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${json}`
}

function answerOf(socket: Socket): ReturnType<Send> {
  return new Promise((resolve, reject) => {
    let received = ''
    const onData = (part: string) => {
      received += part
      const headEnds = received.indexOf('\r\n\r\n')
      if (headEnds < 0) return
      const head = received.slice(0, headEnds)
      const text = received.slice(headEnds + 4)
      if (text.length < Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)) return
      socket.off('data', onData).off('close', onClose)
      resolve({ status: Number(head.slice(9, 12)), text })
    }
    const onClose = () => reject(new Error('The server closed the connection.'))
    socket.on('data', onData).on('close', onClose)
  })
}
