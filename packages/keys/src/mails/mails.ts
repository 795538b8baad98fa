/** A mail, as text and as HTML, with one link in it. */
export type Mail = { to: string; subject: string; text: string; html: string; url: string }

type Item = { text: string; url: string }
type Letter = { to: string; subject: string; says: string; items?: Item[]; button: string; url: string; small: string }

export const signInMail = ({ to, url }: { to: string; url: string }): Mail =>
  letter({
    to,
    url,
    subject: 'Your link to sign in to Project Keys',
    says: 'This link signs you in.',
    button: 'Sign in',
    small: 'It works once, for 30 minutes. If you did not ask for it, ignore this mail: nothing happens.',
  })

/** `from` is the current address of the account, so that the recipient knows whose account it is. */
export const newAddressMail = ({ to, url, from }: { to: string; url: string; from: string }): Mail =>
  letter({
    to,
    url,
    subject: 'Confirm your new address for Project Keys',
    says: `This link changes the address of the account of ${from} to this one, and signs you in to it.`,
    button: 'Confirm the address',
    small: 'It works once, for 30 minutes. If you did not ask for it, ignore this mail: nothing happens.',
  })

/** For the former address: a change that its owner did not want can be taken back. */
export const addressChangedMail = ({ to, url }: { to: string; url: string }): Mail =>
  letter({
    to,
    url,
    subject: 'The address of your Project Keys account was changed',
    says: `Your account no longer has the address ${to}. If you wanted this, there is nothing to do. If not, this link gives the account its old address back. It also ends all sessions, and every API token that was made since the session signed in that changed the address.`,
    button: 'Restore the address',
    small: 'It works once, for 7 days from the change. Until then no other account can take the address.',
  })

/** For the address that the account had until it was restored. `url` is where its owner signs in. */
export const addressRestoredMail = ({ to, url, address }: { to: string; url: string; address: string }): Mail =>
  letter({
    to,
    url,
    subject: 'The address of a Project Keys account was restored',
    says: `The account that had the address ${to} has its former address ${address} again, and all its sessions have ended.`,
    button: 'Sign in',
    small: 'If you did not want this, ask a server admin.',
  })

type Invitation = { to: string; url: string; inviter: string; place: string; role: string }

export const inviteMail = ({ to, url, inviter, place, role }: Invitation): Mail =>
  letter({
    to,
    url,
    subject: `${inviter} invites you to ${place}`,
    says: `${inviter} invites you to ${place} in Project Keys, as its ${role}.`,
    button: 'View the invitation',
    small: 'You can accept it for 7 days. If you don’t know the sender, ignore this mail: nothing happens.',
  })

type Ending = {
  to: string
  project: { slug: string; name: string }
  /** The next to end comes first. */
  keys: { key: string; name: string; last_four: string; ends: Date }[]
  consoleUrl: string
  now: Date
}

/** The most keys that a mail names. */
const MOST_NAMED = 20

/** Before keys end. Its links lead to pages that ask for a sign-in, and change nothing by themselves. */
export function expirationMail({ to, project, keys, consoleUrl, now }: Ending): Mail {
  const { length } = keys
  const list = `${consoleUrl}/projects/${project.slug}/keys`
  const items = keys.slice(0, MOST_NAMED).map(({ key, name, last_four, ends }) => ({
    text: `${name} (…${last_four}) ends ${inDays(ends, now)}, on ${ends.toISOString().slice(0, 16).replace('T', ' at ')} UTC`,
    url: `${list}/${key}`,
  }))
  return letter({
    to,
    items,
    url: length === 1 ? `${list}/${keys[0]?.key}` : `${list}?sort=expiration`,
    subject: length === 1 ? `A key of ${project.name} ends soon` : `${length} keys of ${project.name} end soon`,
    says: `${length === 1 ? 'This key' : 'These keys'} of ${project.name} ${length === 1 ? 'was' : 'were'} used within the last 30 days. Renew or replace what is still needed.${length > MOST_NAMED ? ` The first ${MOST_NAMED} of ${length}:` : ''}`,
    button: length === 1 ? 'View the key' : 'View the keys',
    small: `You get this mail because you manage these keys. It comes 30, 7 and 1 days before they end. To get none, open your account: ${consoleUrl}/account`,
  })
}

const DAY = 24 * 60 * 60 * 1000 // ms

/** By the days of UTC. */
function inDays(time: Date, now: Date): string {
  const days = Math.floor(time.getTime() / DAY) - Math.floor(now.getTime() / DAY)
  return days === 0 ? 'today' : days === 1 ? 'tomorrow' : `in ${days} days`
}

function letter({ to, subject, says, items = [], button, url, small }: Letter): Mail {
  const textItems = items.map((item) => `- ${item.text}\n  ${item.url}\n`).join('')
  const text = `${says}\n\n${textItems && `${textItems}\n`}${button}: ${url}\n\n${small}\n`
  const htmlItems = items
    .map((item) => `<li><a href="${escapeHtml(item.url)}">${escapeHtml(item.text)}</a></li>`)
    .join('')
  const html = `<!doctype html><html lang="en"><body style="font:16px/1.5 system-ui,sans-serif">
<p>${escapeHtml(says)}</p>${htmlItems && `<ul>${htmlItems}</ul>`}<p><a href="${escapeHtml(url)}">${escapeHtml(button)}</a></p><p style="color:#666">${escapeHtml(small)}</p>
</body></html>`
  return { to, subject: subject.replace(/\s+/g, ' '), text, html, url }
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (letter) => ESCAPES[letter] ?? letter)
