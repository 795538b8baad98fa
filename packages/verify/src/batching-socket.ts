import { Socket } from 'node:net'

/**
 * A socket that sends everything written in one turn of the event loop in one system call, because each packet wakes
 * the server. pg corks its stream around the messages of each query; at the first such call of a turn, this socket
 * corks itself once more, and uncorks itself after the turn. A connection over TLS is not batched, because pg then
 * writes to a stream of its own on top of this one. `batching-socket.test.ts` fails if Node or pg change what this
 * relies on.
 */
export function batchingSocket(): Socket {
  const socket = new Socket()
  const cork = socket.cork.bind(socket)
  let isBatching = false

  const sendBatch = () => {
    isBatching = false
    socket.uncork()
  }
  socket.cork = () => {
    if (!isBatching) {
      isBatching = true
      cork()
      setImmediate(sendBatch)
    }
    cork()
  }
  return socket
}
