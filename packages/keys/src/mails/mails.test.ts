import { describe, expect, test } from 'vitest'
import { inviteMail, newAddressMail, signInMail } from './mails.ts'

const invitation = { to: 'bob@example.com', url: 'http://localhost:3000/auth/accept?token=a.b-c_d', role: 'viewer' }

describe('a mail', () => {
  test('has its link in the text and in the HTML', () => {
    for (const mail of [signInMail(invitation), newAddressMail({ ...invitation, from: 'ada@example.com' })]) {
      expect(mail).toMatchObject({ to: invitation.to, url: invitation.url })
      expect(mail.text).toContain(`: ${invitation.url}\n`)
      expect(mail.html).toContain(`<a href="${invitation.url}">`)
    }
  })

  test('escapes the names in it, because a name is not HTML', () => {
    const { text, html } = inviteMail({ ...invitation, inviter: '<img src="x">', place: `A & B's` })
    expect(html).toContain('&lt;img src=&quot;x&quot;&gt; invites you to A &amp; B&#39;s in')
    expect(html).not.toContain('<img')
    expect(text).toContain(`<img src="x"> invites you to A & B's in`)
  })

  test('has a subject of one line, whatever the names', () => {
    const { subject } = inviteMail({ ...invitation, inviter: 'Ada\u2028\r\nBcc: eve@example.com', place: 'A\nB' })
    expect(subject).toBe('Ada Bcc: eve@example.com invites you to A B')
  })

  test('about a new address names the account that gets it', () => {
    expect(newAddressMail({ ...invitation, from: 'eve@example.com' }).text).toContain('eve@example.com')
  })
})
