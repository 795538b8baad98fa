import { kindOfKey } from './key.ts'

/** A header of a request by its name in lower case. */
export type ReadHeader = (name: string) => string | string[] | null | undefined

/** `key`: only a project key is accepted. `any`: a session, an API token or a project key. */
export type Accepted = 'key' | 'any'

/** Headers in which other services expect a key. */
const OTHER_HEADERS = ['x-api-key', 'api-key', 'apikey', 'api_key', 'x-auth-token', 'x-access-token', 'token']
const FORM = '`Authorization: Bearer TOKEN`'

/**
 * The mistake that the form of a refused credential shows, as a sentence to act on, or null. The sentence is ASCII and
 * never repeats the credential. Takes linear time.
 */
export function credentialMistake(readHeader: ReadHeader, accepted: Accepted): string | null {
  const given = readHeader('authorization')
  if (typeof given === 'string' && given.trim() !== '') return mistakeOfHeader(given.trim(), accepted)
  const other = OTHER_HEADERS.find((name) => readHeader(name))
  return other === undefined ? null : `The credential must be sent as ${FORM}, not in the header ${other}.`
}

function mistakeOfHeader(value: string, accepted: Accepted): string | null {
  const scheme = /^[^\s:=]*/.exec(value)?.[0] ?? ''
  const rest = value.slice(scheme.length)
  switch (scheme.toLowerCase()) {
    case 'bearer':
      if (rest === '') return `There is no credential after Bearer: check that the variable that holds it is set.`
      if (/^(?: *[:=]|\t)/.test(rest)) return `There must be only a blank after Bearer: send ${FORM}.`
      return mistakeOfText(rest.trim(), accepted)
    case 'basic':
      return `This is a Basic credential, a user name with a password: send ${FORM}.`
    default:
      return holdsCredential(value) || rest.trim() !== ''
        ? `The word Bearer must come before the credential: send ${FORM}.`
        : mistakeOfText(value, accepted)
  }
}

const MISTAKES: [RegExp, string][] = [
  [
    /^(?:undefined|null|none|nil|nan|false|true|\[object \w+\])$/i,
    'The variable that holds the credential is not set.',
  ],
  [/[\r\n]|\\[rn]|%0[ad]/i, 'There is a line break in the credential: send it without.'],
  [/, /, 'There are two credentials: send one Authorization header with one credential.'],
  [/^["'`]*bearer\b|\sbearer\b/i, `The word Bearer is there twice, or it is part of the credential: send ${FORM}.`],
  [
    /\.\.\.|\*\*|\u2026|\u2022|\u00e2\u0080[\u00a2\u00a6]/,
    'A part of the credential is masked: send all of it. It was shown once, when it was created.',
  ],
]

/** A variable of a shell, of PowerShell, of a template, or a placeholder from an example. */
const VARIABLE = /^["'`]?(?:\$[{(]?[a-z_]|%[a-z_]\w*%|\{\{|\$\{\{|@?\{[a-z_]|<[a-z_])/i

function mistakeOfText(text: string, accepted: Accepted): string | null {
  const known = MISTAKES.find(([pattern]) => pattern.test(text))
  if (known) return known[1]
  const bare = withoutFrame(text)
  if (VARIABLE.test(text) && !holdsCredential(bare)) {
    return 'The credential is the name of a variable or a placeholder: put its value there.'
  }
  if (/\s/.test(text)) return 'There is a blank in the credential: send one credential, without blanks.'
  if (bare !== text && bare !== '' && !TOKEN_PART.test(text)) {
    return 'There are quotes, brackets or other signs around the credential: send it without them.'
  }
  return mistakeOfKind(text, accepted) ?? mistakeOfLength(text)
}

function mistakeOfKind(text: string, accepted: Accepted): string | null {
  const audience = audienceOf(text)
  if (audience === 'auth' || audience === 'invite') {
    const kind = audience === 'auth' ? 'a sign-in link' : 'an invitation'
    return `This is the token of ${kind}: open the link, and use the session or key that you get.`
  }
  if (accepted === 'any') return null
  if (kindOfKey(text) === 'user') return 'This is an API token of a user: send a project key.'
  return audience === null ? null : 'This is the session of a user: send a project key.'
}

const KEY_LETTERS = 30

function mistakeOfLength(text: string): string | null {
  const half = text.length / 2
  if (text.length > 16 && text.slice(0, half) === text.slice(half))
    return 'The credential is there twice: send it once.'
  const letters = /^[0-9A-Za-z]\w{0,31}_(?:run|user)_(.*)$/.exec(text)?.[1]
  if (letters !== undefined && letters.length < KEY_LETTERS) {
    return `The key is cut: it must have ${KEY_LETTERS} letters and digits after the last underscore.`
  }
  if (letters !== undefined && letters.length > KEY_LETTERS) {
    return `There is something after the key: it must have ${KEY_LETTERS} letters and digits after the last underscore.`
  }
  if (text.startsWith('eyJ') && text.split('.', 4).length !== 3) {
    return 'The token is cut: it must have three parts with dots between them.'
  }
  return null
}

/** The beginning of a JSON Web Token, which may be cut at a dot. */
const TOKEN_PART = /^eyJ[\w.-]*$/

/** A key of any kind, cut or not, or the beginning of a JSON Web Token (RFC 7519). */
const holdsCredential = (text: string) => /_(?:run|user)_[0-9A-Za-z]|(?:^|\W)eyJ/.test(text)

/** Without the signs around it. A loop, because a regular expression for the end would take quadratic time. */
function withoutFrame(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && !isLetter(text.charAt(start))) start++
  while (end > start && !isLetter(text.charAt(end - 1))) end--
  return text.slice(start, end)
}
const isLetter = (character: string) => /[\w-]/.test(character)

/** The purpose of a JSON Web Token (its claim `aud`), by its form alone; null for anything else. */
function audienceOf(text: string): string | null {
  const [header = '', payload = '', signature, more] = text.split('.', 4)
  if (!header.startsWith('eyJ') || !signature || more !== undefined) return null
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return typeof claims === 'object' && claims !== null && 'aud' in claims ? String(claims.aud) : null
  } catch {
    return null
  }
}
