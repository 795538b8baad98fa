import { setTimeout as sleep } from 'node:timers/promises'
import { type Mail, redact } from '@project-keys/keys'
import { createTransport } from 'nodemailer'
import { messageOf } from '../process/start-faults.ts'

/** The waits before each retry of a temporary failure: a greylisting server accepts a mail after some minutes. */
const RETRY_AFTER_MS = [10_000, 60_000, 300_000]
/** The most mails that may wait for a retry; more are given up. */
const MOST_WAITING = 1000

type Options = { smtpUrl: string; from: string; retryAfterMs?: number[] | undefined; ending: AbortSignal }

/**
 * Hands mails over to an SMTP server. Never throws, but reports a mail that it cannot send, without its link, which a
 * server that filters mails may quote; the result is then false. When `ending` aborts, it retries waiting mails at once, for the last time.
 */
export function bySmtp({ smtpUrl, from, retryAfterMs = RETRY_AFTER_MS, ending }: Options) {
  const transport = createTransport(smtpUrl)
  let waiting = 0

  const wait = async (ms: number) => {
    waiting += 1
    await sleep(ms, undefined, { signal: ending }).catch(() => {})
    waiting -= 1
  }

  const deliver = async (mail: Mail, [retryAfter, ...later]: number[]): Promise<boolean> => {
    const { to, subject, text, html } = mail
    try {
      await transport.sendMail({ from, to, subject, text, html })
      return true
    } catch (error) {
      if (retryAfter === undefined || ending.aborted || waiting >= MOST_WAITING || !isTemporary(error)) {
        console.error(redact(`The mail “${subject}” to ${to} could not be sent: ${messageOf(error)}`))
        return false
      }
      await wait(retryAfter)
      return deliver(mail, later)
    }
  }
  return { retry: (mail: Mail) => deliver(mail, retryAfterMs), once: (mail: Mail) => deliver(mail, []) }
}

/** A reply from 400 to 499 is a temporary failure (RFC 5321 4.2.1). */
const isTemporary = (error: unknown) =>
  error instanceof Error && 'responseCode' in error && /^4\d\d$/.test(String(error.responseCode))
