/** A scope that is asked for, by RFC 6749, section 3.3. */
const TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]{1,64}$/

/** Whether a text is a scope that can be asked for. In such a one an asterisk means itself. */
export const isScope = (text: string): boolean => TOKEN.test(text)

/** `reports:*` covers `reports:` followed by anything; every other scope covers itself alone. */
export const covers = (granted: string, asked: string): boolean =>
  granted === asked ||
  (granted.endsWith(':*') && asked.length >= granted.length && asked.startsWith(granted.slice(0, -1)))

/** Whether all that is asked for is granted. */
export const coverAll = (granted: readonly string[], asked: readonly string[]): boolean =>
  asked.every((scope) => granted.some((one) => covers(one, scope)))
