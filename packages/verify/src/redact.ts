/**
 * A project key or an API token, cut or whole, its underscores percent-encoded or not. Its prefix says nothing, and may be
 * gone where two keys follow each other.
 */
const KEY = /((?:_|%5F)(?:run|user)(?:_|%5F))[0-9A-Za-z]{6,}/gi
/** Three parts like those of a JSON Web Token (RFC 7519). It begins where a word does, or each letter would begin a search. */
const DOTTED = /(?<![\w-])[\w-]{7,}(?:\.|%2E)[\w-]{4,}(?:\.|%2E)[\w-]*/gi
/** How `{"` looks in base64url, with all that follows. */
const TOKEN = /eyJ.*/

/** What follows the scheme Basic (RFC 7617), as it stands in a header or a URL. */
const BASIC = /(?<=basic(?: {1,9}|%20|\+))(?:[\w/+-]|%2[BF]){4,}(?:=|%3D){0,2}/gi
/** Other words may follow the word, but a credential has a colon between its two parts. */
const hidePassword = (encoded: string) =>
  Buffer.from(decodeURIComponent(encoded), 'base64').includes(':') ? '[redacted]' : encoded

/**
 * A text without the credentials in it, for logs, errors and traces: `bencher_run_[redacted]` for a key, `[redacted]`
 * for a session, a mailed token or a Basic credential. The form alone decides, because a credential that is no longer
 * good may be good elsewhere.
 */
export const redact = (text: string): string =>
  text
    .replace(BASIC, hidePassword)
    .replace(KEY, '$1[redacted]')
    .replace(DOTTED, (dotted) => dotted.replace(TOKEN, '[redacted]'))
