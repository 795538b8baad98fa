import { setImmediate as answerLeft } from 'node:timers/promises'
import type { Mail } from '@project-keys/keys'
import { bySmtp } from './smtp.ts'

const CLOSE_TIMEOUT_MS = 5000 // for mails that are being sent when the service stops

type Options = { smtpUrl: string | undefined; from: string; retryAfterMs?: number[] }

/**
 * Sends mails by SMTP. Without a mail server it prints their links for the operator, never to the log, because others
 * may read the log.
 */
export function createMailer({ smtpUrl, from, retryAfterMs }: Options) {
  const ending = new AbortController()
  const deliver = smtpUrl ? bySmtp({ smtpUrl, from, retryAfterMs, ending: ending.signal }) : print
  const underWay = new Map<Promise<void>, Mail>()

  /** Begins after the response was sent, because the work for a mail would reveal that there is one. */
  const send = (mail: Mail) => {
    const sending = answerLeft(mail)
      .then(deliver)
      .finally(() => underWay.delete(sending))
    underWay.set(sending, mail)
  }

  /** Waits for mails that are being sent, until the timeout, and reports those that were not sent. */
  const finish = async () => {
    ending.abort()
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const timeout = setTimeout(resolve, CLOSE_TIMEOUT_MS)
    await Promise.race([Promise.all(underWay.keys()), late])
    clearTimeout(timeout)
    for (const { to, subject } of underWay.values()) {
      console.error(`The mail “${subject}” to ${to} was given up, because the service stopped before it was sent.`)
    }
  }

  return { send, finish }
}

const print = async ({ to, subject, url }: Mail) => console.log(`\nMail to ${to}: ${subject}\n  ${url}`)
