import { Socket } from 'node:net'

/**
 * Sends what is written in one turn of the event loop in one piece, so that who listens is woken once for all of it.
 * pg corks its stream for each question it writes, which is where it begins here.
 */
export class GatheringSocket extends Socket {
  #gathers = false

  override cork() {
    if (!this.#gathers) {
      this.#gathers = true
      super.cork()
      setImmediate(() => {
        this.#gathers = false
        this.uncork()
      })
    }
    super.cork()
  }
}
