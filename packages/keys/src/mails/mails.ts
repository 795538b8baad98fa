/** A mail, as text and as HTML, with one link in it. */
export type Mail = { to: string; subject: string; text: string; html: string; url: string }

type Letter = { to: string; subject: string; says: string; button: string; url: string; small: string }

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
    small: 'It works once, for 7 days from the change. Until then nobody else can take the address.',
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

function letter({ to, subject, says, button, url, small }: Letter): Mail {
  const text = `${says}\n\n${button}: ${url}\n\n${small}\n`
  const html = `<!doctype html><html lang="en"><body style="font:16px/1.5 system-ui,sans-serif">
<p>${escapeHtml(says)}</p><p><a href="${escapeHtml(url)}">${escapeHtml(button)}</a></p><p style="color:#666">${escapeHtml(small)}</p>
</body></html>`
  return { to, subject: subject.replace(/\s+/g, ' '), text, html, url }
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (letter) => ESCAPES[letter] ?? letter)
