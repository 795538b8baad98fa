import type { Database } from '../database/client.ts'
import type { Due } from './due.ts'

type Mailing = { user: string; project: string; now: Date }

const dayOf = (now: Date): Date => new Date(new Date(now).setUTCHours(0, 0, 0, 0))

/** Takes the one mail of the day to a person about a project; false if it was sent, or if another process sends it. */
export async function takeMail({ prisma }: Database, { user, project, now }: Mailing): Promise<boolean> {
  const data = [{ user, project, day: dayOf(now) }]
  return (await prisma.expirationMail.createMany({ data, skipDuplicates: true })).count === 1
}

/** Gives it back, because it was not sent. */
export const giveBack = ({ prisma }: Database, { user, project, now }: Mailing) =>
  prisma.expirationMail.deleteMany({ where: { user, project, day: dayOf(now) } })

/** Writes down what a mail told, in place of what was told of an earlier end. */
export async function markTold({ prisma }: Database, told: Due[]): Promise<void> {
  await prisma.$executeRaw`INSERT INTO expiration_notices ("user", key, days, ends)
    SELECT * FROM unnest(${told.map(({ user }) => user)}::uuid[], ${told.map(({ key }) => key)}::uuid[],
      ${told.map(({ days }) => days)}::smallint[], ${told.map(({ ends }) => ends)}::timestamptz[])
    ON CONFLICT ("user", key, days) DO UPDATE SET ends = excluded.ends`
}
