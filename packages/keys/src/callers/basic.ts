/** True for a credential of the scheme Basic, in any letter case. */
export const isBasic = (authorization: string | undefined): authorization is string =>
  /^basic(?: |$)/i.test(authorization ?? '')

/** The user name and the password of a Basic credential (RFC 7617, section 2); null if it holds none. */
export function readBasic(authorization: string): { user: string; password: string } | null {
  const encoded = /^basic +([\w+/-]+={0,2})$/i.exec(authorization)?.[1]
  if (encoded === undefined) return null
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}
