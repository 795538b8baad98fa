import { setImmediate as answerLeft } from 'node:timers/promises'
import type { Mail } from '@project-keys/keys'
import { bySmtp } from './smtp.ts'

const PATIENCE = 5000 // ms for the mails under way, once told to stop

type Options = { smtpUrl: string | undefined; from: string; retryAfterMs?: number[] }

/**
 * Sends mails by SMTP. Without a server their links go to the output, where who runs the service finds them; never to
 * the log, which others may read.
 */
export function createMailer({ smtpUrl, from, retryAfterMs }: Options) {
  const ending = new AbortController()
  const deliver = smtpUrl ? bySmtp({ smtpUrl, from, retryAfterMs, ending: ending.signal }) : print
  const underWay = new Map<Promise<void>, Mail>()

  /** Begins when the answer has left: the work of a mail would tell that there is one. */
  const send = (mail: Mail) => {
    const sending = answerLeft(mail)
      .then(deliver)
      .finally(() => underWay.delete(sending))
    underWay.set(sending, mail)
  }

  /** Waits for the mails under way, for a while, and says which were given up. */
  const finish = async () => {
    ending.abort()
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const impatience = setTimeout(resolve, PATIENCE)
    await Promise.race([Promise.all(underWay.keys()), late])
    clearTimeout(impatience)
    for (const { to, subject } of underWay.values()) {
      console.error(`The mail “${subject}” to ${to} was given up: it was not sent when the service was told to stop.`)
    }
  }

  return { send, finish }
}

const print = async ({ to, subject, url }: Mail) => console.log(`\nMail to ${to}: ${subject}\n  ${url}`)
