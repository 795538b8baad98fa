import { readUuid } from '@project-keys/verify/uuid'
import { z } from 'zod'
import { timeOf } from '../database/times.ts'
import { PERMISSIONS } from '../permissions/permissions.ts'
import { EXAMPLES } from './examples.ts'
import { invisiblePart } from './invisible.ts'

// Inputs. Each field that names something turns every spelling that it takes into one canonical text, so that
// nothing behind the edge compares a text as it arrived. What goes out is in stored.ts: rules for input never hold there.

const SPACE = '\\u0009-\\u000d\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const CONTROL = '\\u0000-\\u001f\\u007f-\\u009f'
/** The part of the rule for names that regular expressions of every language can say: the others know no `\u`. */
const NAME = '^[^\\x00-\\x20\\x7f]([^\\x00-\\x1f\\x7f]*[^\\x00-\\x20\\x7f])?$'
const UUID = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}'
const SLUG = '[a-z0-9]+(-[a-z0-9]+)*'
const MAX_LENGTH = 64
const MAX_LINE = 200
const MAX_U32 = 4_294_967_295

const letters = (text: string) => [...text].length
const canonical = (text: string) => readUuid(text) ?? text

/** A text in one line, as every one was allowed once. */
const storedLine = (most: number) =>
  z
    .string(`must be a string of 1 to ${most} characters`)
    .regex(
      new RegExp(`^[^${SPACE}${CONTROL}]([^${CONTROL}]*[^${SPACE}${CONTROL}])?$`, 'u'),
      `must be a string of 1 to ${most} characters, without white space at either end and without control characters`,
    )
    .refine((text) => letters(text) <= most, `must have at most ${most} characters`)
    .refine((text) => text.isWellFormed(), 'must be well-formed Unicode, without lone surrogates')
    .meta({ minLength: 1, maxLength: most, pattern: NAME })

const visible = (line: z.ZodString) =>
  line.refine((text) => invisiblePart(text) === null, {
    error: ({ input }) => invisiblePart(String(input)) ?? undefined,
  })

/** Any name that was allowed once: what is stored can be searched for. */
const StoredOrNewName = storedLine(MAX_LENGTH)

/** The name that people give to a thing. Stored as it was sent, neither trimmed nor normalised. */
export const Name = visible(StoredOrNewName).meta({
  id: 'Name',
  minLength: 1,
  maxLength: MAX_LENGTH,
  pattern: NAME,
  example: EXAMPLES.keyName,
  description:
    '1 to 64 Unicode code points, as shown to people. None is invisible or turns the direction of the text, and the first is no combining mark and no joiner. Older names stay as they are.',
})

/** A longer text about a thing, by the same rules. */
export const Line = visible(storedLine(MAX_LINE)).meta({
  minLength: 1,
  maxLength: MAX_LINE,
  pattern: NAME,
  example: EXAMPLES.description,
})

export const Slug = z
  .string('must be a slug')
  .max(MAX_LENGTH, 'must have at most 64 characters')
  .regex(new RegExp(`^${SLUG}$`), 'must be a slug: lower-case letters and digits, with single hyphens between them')
  .refine((text) => readUuid(text) === null, 'must not have the form of a UUID, because it would be read as one')
  .meta({
    id: 'Slug',
    example: EXAMPLES.slug,
    description: 'The name in a URL: lower-case letters and digits, with single hyphens between them.',
  })

export const Uuid = z
  .string('must be a UUID')
  .regex(new RegExp(`^(${UUID})$`), 'must be a UUID, such as 01890a5d-ac96-774b-bcce-b302099a8057')
  .overwrite(canonical)
  .meta({ id: 'Uuid', example: EXAMPLES.key, description: 'A UUID in any letter case.' })

/** A slug or a UUID; a text in the form of a UUID is always one. */
export const ResourceId = z
  .string('must be a slug or a UUID')
  .max(MAX_LENGTH, 'must have at most 64 characters')
  .regex(new RegExp(`^(${UUID}|${SLUG})$`), 'must be a slug (lower-case letters, digits, single hyphens) or a UUID')
  .overwrite(canonical)
  .meta({ id: 'ResourceId', example: EXAMPLES.slug, description: 'A slug or a UUID.' })

export type Reference = { uuid: string; slug: null } | { uuid: null; slug: string }

/** Reads a valid slug or UUID. */
export function toReference(id: string): Reference {
  const uuid = readUuid(id)
  return uuid === null ? { uuid, slug: id } : { uuid, slug: null }
}

/** Reads an unchecked value; null if it is neither a slug nor a UUID. */
export function readReference(id: unknown): Reference | null {
  const { success, data } = ResourceId.safeParse(id)
  return success ? toReference(data) : null
}

/** Every time leaves the server as RFC 3339 in UTC and whole seconds. Prisma gives Dates, all other reads this text. */
export const Time = z
  .codec(z.union([z.date(), z.string()]), z.iso.datetime(), {
    decode: (time) => (typeof time === 'string' ? time : timeOf(time)),
    encode: (text) => new Date(text),
  })
  .meta({ id: 'Time', description: 'RFC 3339, in UTC and whole seconds.', example: '2026-05-02T12:00:00Z' })

/** The lifetime of a key in seconds: some 136 years by default. */
export const MAX_TTL = MAX_U32
export const Ttl = z
  .int('must be a whole number of seconds')
  .min(1, 'must be at least 1 second')
  .max(MAX_TTL, `must be at most ${MAX_TTL} seconds`)
  .nullish()
  .meta({ description: `Seconds until the key expires; ${MAX_TTL} unless given.`, example: 7_776_000 })

const emailOf = (pattern: RegExp, error: string) =>
  z
    .email({ pattern, error })
    .max(254, 'must have at most 254 characters')
    .refine((text) => text.indexOf('@') <= 64, 'must have at most 64 characters before the @')
    .toLowerCase()

/** By the rule of browsers, because accounts have addresses that were accepted by it. */
export const Email = emailOf(z.regexes.html5Email, 'must be an e-mail address').meta({
  id: 'Email',
  description: 'An e-mail address. Its letter case does not matter.',
  example: EXAMPLES.email,
})

const ATOM = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
const TOP_LABEL = '[a-z]([a-z0-9-]{0,61}[a-z])?'
const DELIVERABLE = `^${ATOM}(\\.${ATOM})*@(localhost|(${LABEL}\\.)+${TOP_LABEL})$`

/** The addresses that mail libraries send to (RFC 5321, section 4.1.2), and the owner's first one, owner@localhost. */
export const NewEmail = emailOf(
  new RegExp(DELIVERABLE, 'i'),
  'must be an e-mail address that mail can be sent to, such as ada@example.com',
).meta({
  id: 'NewEmail',
  pattern: DELIVERABLE.replaceAll('a-z', 'a-zA-Z'),
  description:
    'An e-mail address that mail can be sent to: no dot at an end of the part before the @, no two together, and a domain of several parts, the last of letters at its ends; or `localhost`.',
  example: EXAMPLES.email,
})

export const Token = z
  .string('must be a token')
  .min(1, 'must not be empty')
  .max(8192, 'must have at most 8192 characters')
  .meta({ id: 'Token', description: 'The token of a mailed link.', example: EXAMPLES.token })

/** One slash first: with two, or with a backslash, browsers go to another site. */
const PATH = /^\/(?![/\\])[^\\\p{Cc}\p{Cs}]*$/u
/** The same as far as regular expressions of every language can say it. */
const PORTABLE_PATH = '^/([^/\\x5c\\x00-\\x1f\\x7f][^\\x5c\\x00-\\x1f\\x7f]*)?$'
export const Path = z
  .string('must be a path')
  .max(1024, 'must have at most 1024 characters')
  .regex(PATH, 'must be a path of the console that begins with one slash, such as /projects')
  .meta({
    id: 'Path',
    pattern: PORTABLE_PATH,
    description: 'The path of a page of the console.',
    example: '/projects',
  })

export const Permission = z.enum(PERMISSIONS, `must be one of ${PERMISSIONS.join(', ')}`).meta({ id: 'Permission' })
export const Allowed = z.object({ allowed: z.boolean() }).meta({ id: 'Allowed' })

export const MOST_PER_PAGE = 255

/** The parameters of every list. */
export const page = {
  page: z
    .int('must be a whole number')
    .min(0, 'must be at least 0')
    .max(MAX_U32, `must be at most ${MAX_U32}`)
    .default(1)
    .meta({ description: 'The number of the page, from 1 on (0 is page 1).', example: 1 }),
  per_page: z
    .int('must be a whole number')
    .min(0, 'must be at least 0')
    .max(MOST_PER_PAGE, `must be at most ${MOST_PER_PAGE}`)
    .default(8)
    .meta({ description: 'The number of items on a page.', example: 50 }),
  direction: z
    .enum(['asc', 'desc'], 'must be asc or desc')
    .default('asc')
    .meta({ description: 'Ascending or descending order.' }),
  sort: z.enum(['name'], 'must be name').default('name').meta({ description: 'The field to sort by.' }),
  name: StoredOrNewName.optional().meta({
    description: 'Only items with exactly this name.',
    example: EXAMPLES.keyName,
  }),
  search: z
    .string('must be a string')
    .optional()
    .meta({ description: 'Only items with this text in their name, slug or UUID, in any letter case.', example: 'ci' }),
}
