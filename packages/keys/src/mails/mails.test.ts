import { describe, expect, test } from 'vitest'
import { expirationMail, inviteMail, newAddressMail, signInMail } from './mails.ts'

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

  test('about keys that end links to each of them, with its name escaped, and says when it ends', () => {
    const key = { key: 'b7a8', name: '<b>ci</b>', last_four: 'k3Qz' }
    const keys = [
      { ...key, ends: new Date('2026-05-01T23:00:00Z') },
      { ...key, ends: new Date('2026-05-02T00:00:00Z') },
      { ...key, ends: new Date('2026-05-31T00:00:00Z') },
    ]
    const project = { slug: 'example', name: 'A\nB & C' }
    const at = { consoleUrl: 'http://localhost:3000', now: new Date('2026-05-01T00:10:00Z') }
    const { subject, text, html } = expirationMail({ to: 'bob@example.com', project, keys, ...at })
    expect(subject).toBe('3 keys of A B & C end soon')
    expect(text).toContain(
      '- <b>ci</b> (…k3Qz) ends today, on 2026-05-01 at 23:00 UTC\n  http://localhost:3000/projects/example/keys/b7a8\n',
    )
    expect(text.match(/ends (tomorrow|in 30 days)/g)).toEqual(['ends tomorrow', 'ends in 30 days'])
    expect(html).toContain(
      '<a href="http://localhost:3000/projects/example/keys/b7a8">&lt;b&gt;ci&lt;/b&gt; (…k3Qz) ends today',
    )
  })

  test('about a new address names the account that gets it', () => {
    expect(newAddressMail({ ...invitation, from: 'eve@example.com' }).text).toContain('eve@example.com')
  })
})
