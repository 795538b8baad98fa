import { describe, expect, test } from 'vitest'
import { credentialMistake } from './credential-mistakes.ts'
import { generateKey } from './key.ts'

const KEY = generateKey('bencher', 'run')
const USER_KEY = generateKey('bencher', 'user')
const jwtFor = (aud: string) =>
  [{ alg: 'HS256', typ: 'JWT' }, { aud, sub: 'ada@example.com' }, 'signature']
    .map((part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'))
    .join('.')
const SESSION = jwtFor('client')

const header = (authorization: string) => (name: string) => (name === 'authorization' ? authorization : undefined)

/** The mistake, a word of the sentence that says so, and the values of the header. */
const MISTAKES: [string, RegExp, string[]][] = [
  ['quotes or brackets around it', /quotes, brackets/, [`Bearer "${KEY}"`, `Bearer '${KEY}'`, `Bearer [${SESSION}]`]],
  ['quotes or brackets around it', /quotes, brackets/, [`Bearer <${KEY}>`, `Bearer {{${KEY}}}`, `Bearer "${KEY}`]],
  [
    'other signs around it',
    /other signs/,
    [`Bearer ${KEY},`, `Bearer ${KEY};`, `Bearer \u00e2\u0080\u009c${KEY}\u00e2\u0080\u009d`],
  ],
  [
    'the word Bearer twice',
    /Bearer is there twice/,
    [`Bearer Bearer ${KEY}`, `Bearer "Bearer ${KEY}"`, `bearer bearer: ${KEY}`],
  ],
  ['no word Bearer', /Bearer must come before/, [KEY, SESSION, `Token ${KEY}`, `ApiKey ${KEY}`, `"Bearer ${KEY}"`]],
  ['another sign after Bearer', /only a blank after Bearer/, [`Bearer: ${KEY}`, `Bearer=${KEY}`, `Bearer\t${KEY}`]],
  ['nothing after Bearer', /no credential after Bearer/, ['Bearer', 'Bearer ', 'bearer']],
  [
    'a variable',
    /variable or a placeholder/,
    ['Bearer $KEY', `Bearer \${KEY}`, 'Bearer %KEY%', 'Bearer {{key}}', 'Bearer <token>'],
  ],
  [
    'a variable',
    /variable or a placeholder/,
    ['Bearer $(cat key)', 'Bearer $env:KEY', 'Bearer "$KEY"', `Bearer \${{ secrets.KEY }}`, 'Bearer {key}'],
  ],
  [
    'a variable that is not set',
    /is not set/,
    ['Bearer undefined', 'Bearer null', 'Bearer None', 'Bearer [object Object]'],
  ],
  [
    'a line break',
    /line break/,
    [`Bearer ${KEY}\\n`, `Bearer ${KEY}%0A`, `Bearer ${KEY.slice(0, 20)}\\r\\n${KEY.slice(20)}`],
  ],
  ['a blank', /blank/, [`Bearer ${KEY.slice(0, 20)} ${KEY.slice(20)}`, `Bearer ${KEY} ${KEY}`]],
  ['two headers', /two credentials/, [`Bearer ${KEY}, Bearer ${KEY}`, `Bearer ${KEY}, Basic YTpi`]],
  ['a Basic credential', /Basic credential/, ['Basic YTpi', 'basic YTpi', 'Basic']],
  [
    'a masked key',
    /masked/,
    ['Bearer bencher_run_...abcd', 'Bearer bencher_run_\u00e2\u0080\u00a6abcd', 'Bearer bencher_run_****abcd'],
  ],
  [
    'a key that is cut',
    /is cut/,
    [`Bearer ${KEY.slice(0, -1)}`, `Bearer ${KEY.slice(0, 14)}`, `Bearer ${USER_KEY.slice(0, -9)}`],
  ],
  [
    'a token that is cut',
    /is cut/,
    [`Bearer ${SESSION.slice(0, SESSION.lastIndexOf('.'))}`, `Bearer ${SESSION.slice(0, 20)}`],
  ],
  ['a credential twice', /there twice/, [`Bearer ${KEY}${KEY}`, `Bearer ${SESSION}${SESSION}`]],
  ['more after the key', /something after the key/, [`Bearer ${KEY}x`, `Bearer ${KEY}_x`]],
  ['a link token', /sign-in link/, [`Bearer ${jwtFor('auth')}`]],
  ['an invitation token', /invitation/, [`Bearer ${jwtFor('invite')}`]],
]
const ONLY_FOR_KEYS: [string, RegExp, string[]][] = [
  ['an API token', /API token of a user/, [`Bearer ${USER_KEY}`]],
  ['a session', /session of a user/, [`Bearer ${SESSION}`]],
]
const flat = (table: typeof MISTAKES) =>
  table.flatMap(([what, words, values]) => values.map((value) => [what, value, words] as const))

describe('the mistake that a credential shows', () => {
  test.each(flat(MISTAKES))('is %s (%#)', (_, value, words) => {
    for (const accepted of ['key', 'any'] as const) {
      expect(credentialMistake(header(value), accepted)).toMatch(words)
    }
  })

  test.each(flat(ONLY_FOR_KEYS))('is %s where a project key is required (%#)', (_, value, words) => {
    expect(credentialMistake(header(value), 'key')).toMatch(words)
    expect(credentialMistake(header(value), 'any')).toBeNull()
  })

  test.each(['x-api-key', 'api-key', 'x-auth-token'])('is the header %s', (name) => {
    expect(credentialMistake((asked) => (asked === name ? KEY : undefined), 'key')).toContain(name)
    expect(credentialMistake((asked) => (asked === name ? KEY : `Bearer ${KEY}`), 'key')).toBeNull()
  })

  test('is none if the form is right', () => {
    for (const value of [KEY, generateKey('a_b', 'run'), SESSION, 'x']) {
      expect([value, credentialMistake(header(`Bearer ${value}`), 'any')]).toEqual([value, null])
    }
    expect(credentialMistake(() => undefined, 'key')).toBeNull()
    expect(credentialMistake(header(''), 'key')).toBeNull()
  })

  test('is a sentence that a header may hold, and that repeats no part of the credential', () => {
    for (const [, value] of flat([...MISTAKES, ...ONLY_FOR_KEYS])) {
      const sentence = credentialMistake(header(value), 'key') ?? ''
      expect(sentence).toMatch(/^[A-Z][ !#-[\]-~]{10,}\.$/)
      for (const part of [KEY, USER_KEY, SESSION]) expect(sentence).not.toContain(part.slice(-6))
    }
  })

  test.each(['"', '$', 'a', ' ', 'a ', '.', '_run_', 'bearer ', '%', '{{', 'eyJ.', '\\', ', ', '!a', '<a', '"a'])(
    'is found in linear time in a header of many %j',
    (part) => {
      const long = part.repeat(200_000)
      for (const value of [long, `Bearer ${long}`, `Bearer ${long}x`, `Bearer x${long}`, `bencher_run_${long}`]) {
        const start = performance.now()
        credentialMistake(header(value), 'key')
        expect(performance.now() - start).toBeLessThan(500)
      }
    },
  )
})
