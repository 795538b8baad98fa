import { redact } from '@project-keys/keys'
import { createTransport } from 'nodemailer'
import { messageOf } from '../process/start-faults.ts'

const TIMEOUT_MS = 10_000

type Options = { smtpUrl: string; from: string; to: string }
type Outcome = { accepted: boolean; says: string }

/** Sends one mail by SMTP, without a retry, and says what the server answered or why there was no answer. */
export async function sendTestMail({ smtpUrl, from, to }: Options): Promise<Outcome> {
  const timeouts = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS }
  const hide = hiding(smtpUrl)
  try {
    const text = 'This mail was sent by `pnpm run doctor --mail`: the mail server of Project Keys works.\n'
    const mail = { from, to, subject: 'A test mail of Project Keys', text }
    const { response } = await createTransport({ url: smtpUrl, ...timeouts }).sendMail(mail)
    return { accepted: true, says: `The mail server accepted the mail to ${to}: ${hide(response)}` }
  } catch (error) {
    return { accepted: false, says: hide(faultOf(error, smtpUrl)) }
  }
}

function faultOf(error: unknown, smtpUrl: string): string {
  const { code, response } = detailsOf(error)
  if (response) return `The mail server refused the mail: ${response}\n${adviceOn(response, code)}`
  const place = URL.canParse(smtpUrl) ? new URL(smtpUrl).host : 'the address of SMTP_URL'
  return `The mail server at ${place} can’t be used: ${messageOf(error)}\n${UNREACHABLE}`
}

const UNREACHABLE =
  'Check the host and the port of SMTP_URL, its beginning (smtps:// for TLS from the start, smtp:// for STARTTLS), and whether a firewall lets this machine connect.'

function adviceOn(response: string, code: string) {
  if (code === 'EAUTH') return 'Check the user and the password of SMTP_URL; write special characters of them as %XX.'
  if (response.startsWith('4')) return 'This is temporary: try again in some minutes. The service itself tries again.'
  return 'Check MAIL_FROM, and whether the server takes mails to this address.'
}

function detailsOf(error: unknown) {
  const of = (name: string) =>
    error instanceof Error && name in error ? String(Object.entries(error).find(([key]) => key === name)?.[1]) : ''
  return { code: of('code'), response: of('response') }
}

/** Without the password of the URL in any of its forms, because a server may repeat what it was sent. */
function hiding(smtpUrl: string) {
  const { username = '', password = '' } = URL.canParse(smtpUrl) ? new URL(smtpUrl) : {}
  const [user, plain] = [decoded(username), decoded(password)]
  const encoded = [plain, `\0${user}\0${plain}`].map((text) => Buffer.from(text).toString('base64'))
  const secrets = plain === '' ? [] : [plain, password, ...encoded]
  return (text: string) =>
    redact(secrets.reduce((shown, secret) => shown.replaceAll(secret, '[redacted]'), text)).replace(
      /[^\P{Cc}\n]/gu,
      ' ',
    )
}

function decoded(text: string) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
