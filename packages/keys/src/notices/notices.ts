import type { Database } from '../database/client.ts'
import { expirationMail, type Mail } from '../mails/mails.ts'
import { findDue, findEndingProjects } from './due.ts'
import { giveBack, markTold, takeMail } from './told.ts'

type Telling = {
  consoleUrl: string
  /** Sends a mail; false if that failed. */
  deliver: (mail: Mail) => Promise<boolean>
  now: Date
  /** Ends the work after the mail under way. */
  signal: AbortSignal | undefined
}
type Project = { uuid: string; slug: string; name: string }

/**
 * Tells people by mail which keys end in 30, 7 or 1 days, each person at most once a day about each project. What it tells
 * is written down after it was sent. What could not be sent is due again, and stops no other mail.
 */
export async function tellEnds(db: Database, telling: Telling): Promise<{ sent: number; failed: number }> {
  const done = { sent: 0, failed: 0 }
  for (const project of await findEndingProjects(db, telling.now)) {
    const due = await findDue(db, { project: project.uuid, now: telling.now })
    for (const user of new Set(due.map((each) => each.user))) {
      if (telling.signal?.aborted) return done
      const outcome = await tellPerson(db, { ...telling, project, user })
      if (outcome) done[outcome] += 1
    }
  }
  return done
}

/** Asks again what is due, because a key may have been renewed or revoked since, and the person may have left. */
async function tellPerson(db: Database, { project, user, deliver, consoleUrl, now }: Telling & ToPerson) {
  const mailing = { project: project.uuid, user, now }
  if (!(await takeMail(db, mailing))) return null
  const due = await findDue(db, mailing)
  const [first] = due
  const isSent = first && (await deliver(expirationMail({ to: first.email, project, keys: due, consoleUrl, now })))
  if (!isSent) await giveBack(db, mailing)
  else await markTold(db, due)
  return first ? (isSent ? 'sent' : 'failed') : null
}

type ToPerson = { project: Project; user: string }
