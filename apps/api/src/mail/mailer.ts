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
  const smtp = smtpUrl ? bySmtp({ smtpUrl, from, retryAfterMs, ending: ending.signal }) : { retry: print, once: print }
  const underWay = new Map<Promise<unknown>, Mail>()

  const track = <Done>(mail: Mail, sending: Promise<Done>): Promise<Done> => {
    const tracked = sending.finally(() => underWay.delete(tracked))
    underWay.set(tracked, mail)
    return tracked
  }

  /** Begins after the response was sent, because the work for a mail would reveal that there is one. */
  const send = (mail: Mail) => void track(mail, answerLeft(mail).then(smtp.retry))

  /** Sends a mail at once, without a retry; false if it failed. */
  const deliver = (mail: Mail): Promise<boolean> => track(mail, smtp.once(mail))

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

  return { send, deliver, finish, pending: () => underWay.size }
}

async function print({ to, subject, url }: Mail): Promise<boolean> {
  console.log(`\nMail to ${to}: ${subject}\n  ${url}`)
  return true
}
