import type { Database } from '../database/client.ts'
import { Prisma } from '../generated/client.ts'

/** A key ends, and a person is to be told: it is `days` or fewer until then. */
export type Due = {
  user: string
  email: string
  key: string
  name: string
  last_four: string
  ends: Date
  days: number
}

/** The most notices of one project in a run; the next run finds the others. */
const MOST = 5000

/** Keys that end in this span are told about: by days of UTC, so that all of a day go into one mail. */
const SOON = (now: Date) =>
  Prisma.sql`k.revoked IS NULL AND k.expiration > ${now} AND k.expiration < ${now}::timestamptz::date + 31`

/** Projects with keys that end soon. It asks each project, because its index has the expirations. */
export const findEndingProjects = ({ prisma }: Database, now: Date) =>
  prisma.$queryRaw<{ uuid: string; slug: string; name: string }[]>`SELECT p.uuid, p.slug, p.name FROM projects p
    WHERE p.deleted IS NULL AND EXISTS (SELECT FROM project_keys k WHERE k.project = p.uuid AND ${SOON(now)})
    ORDER BY p.uuid`

/** On which days before its end a key is told about: a key with a shorter life is told about later. */
const DAYS = (now: Date) => Prisma.sql`CASE
  WHEN k.expiration < ${now}::timestamptz::date + 2 THEN 1
  WHEN k.expiration < ${now}::timestamptz::date + 8 THEN 7
  ELSE 30 END`

/** The last use of either secret of a key. */
const USED_SINCE = (since: Date) => Prisma.sql`(
  EXISTS (SELECT FROM project_key_uses used WHERE used.key = k.uuid AND used.last_used >= ${since})
  OR EXISTS (SELECT FROM project_key_rotations old WHERE old.key = k.uuid AND old.last_used >= ${since}))`

/** The maintainers of the project, and the maker of the key if they may still manage it. */
const TOLD = Prisma.sql`(
  SELECT member."user" AS uuid FROM project_members member WHERE member.project = p.uuid AND member.role = 'maintainer'
  UNION
  SELECT maker.uuid FROM users maker
  LEFT JOIN organization_members leader ON leader.organization = p.organization AND leader."user" = maker.uuid
  WHERE maker.uuid = k.creator AND (maker.admin OR leader."user" IS NOT NULL))`

const USED_WITHIN = 30 * 24 * 60 * 60 * 1000 // ms

type Which = { project: string; user?: string; now: Date }

/** What is due and untold of a project: to everybody, or to one person. The next to end comes first. */
export const findDue = ({ prisma }: Database, { project, user, now }: Which) =>
  prisma.$queryRaw<Due[]>`
    SELECT person.uuid AS "user", person.email, k.uuid AS key, k.name, k.last_four, k.expiration AS ends, k.days
    FROM projects p
    JOIN LATERAL (SELECT k.*, ${DAYS(now)} AS days FROM project_keys k WHERE k.project = p.uuid AND ${SOON(now)}) k ON true
    JOIN LATERAL ${TOLD} told ON true
    JOIN users person ON person.uuid = told.uuid
    WHERE p.uuid = ${project}::uuid AND p.deleted IS NULL
      AND coalesce(k.expiration_set, k.creation)::date < k.expiration::date - k.days
      AND ${USED_SINCE(new Date(now.getTime() - USED_WITHIN))}
      AND person.confirmed IS NOT NULL AND NOT person.locked AND person.expiration_mails
      AND ${user === undefined ? Prisma.sql`true` : Prisma.sql`person.uuid = ${user}::uuid`}
      AND NOT EXISTS (SELECT FROM expiration_notices n
        WHERE n."user" = person.uuid AND n.key = k.uuid AND n.days = k.days AND n.ends = k.expiration)
    ORDER BY k.expiration, k.name, k.uuid, person.uuid LIMIT ${MOST}`
