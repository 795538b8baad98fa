/**
 * A project key or an API token of any prefix, cut or whole, its underscores percent-encoded or not. Fixed upper bounds
 * keep the search linear in the length of the text.
 */
const KEY = /([0-9A-Za-z]\w{0,31}(?:_|%5F))(run|user)((?:_|%5F))[0-9A-Za-z]{6,64}/gi
/** Three parts like those of a JSON Web Token (RFC 7519). It begins where a word does, or each letter would begin a search. */
const DOTTED = /(?<![\w-])[\w-]{7,}(?:\.|%2E)[\w-]{4,}(?:\.|%2E)[\w-]*/gi
/** How `{"` looks in base64url, with all that follows. */
const TOKEN = /eyJ.*/

/**
 * A text without the credentials in it, for logs, errors and traces: `bencher_run_[redacted]` for a key, `[redacted]`
 * for a session or a mailed token. The form alone decides, because a credential that is no longer good may be good
 * elsewhere.
 */
export const redact = (text: string): string =>
  text.replace(KEY, '$1$2$3[redacted]').replace(DOTTED, (dotted) => dotted.replace(TOKEN, '[redacted]'))
