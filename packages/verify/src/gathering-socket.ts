import { Socket } from 'node:net'

/**
 * A socket that sends what is written in one turn of the event loop in one piece, so that who listens is woken once for
 * all of it. pg corks its stream for each question it writes, which is where it begins here.
 */
export function gatheringSocket(): Socket {
  const socket = new Socket()
  const cork = socket.cork.bind(socket)
  let gathers = false

  const letGo = () => {
    gathers = false
    socket.uncork()
  }
  socket.cork = () => {
    if (!gathers) {
      gathers = true
      cork()
      setImmediate(letGo)
    }
    cork()
  }
  return socket
}
