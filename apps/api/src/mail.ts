import type { Mail } from '@project-keys/keys'
import { createTransport } from 'nodemailer'

type Options = { smtpUrl: string | undefined; from: string }

/**
 * Sends mails by SMTP. Without a server their links go to the output, where who runs the service finds them; never to
 * the log, which others may read.
 */
export function createMailer({ smtpUrl, from }: Options): (mail: Mail) => void {
  if (!smtpUrl) return afterwards(({ to, subject, url }) => console.log(`\nMail to ${to}: ${subject}\n  ${url}`))
  const transport = createTransport(smtpUrl)
  return afterwards(({ to, subject, text, html }) => {
    transport.sendMail({ from, to, subject, text, html }).catch((error: Error) => {
      console.error(`The mail “${subject}” to ${to} could not be sent: ${error.message}`)
    })
  })
}

/** Begins when the answer has left: the work of a mail would tell that there is one. */
const afterwards = (send: (mail: Mail) => void) => (mail: Mail) => void setImmediate(send, mail)
