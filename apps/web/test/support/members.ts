import { rest } from './browser.ts'
import { mailedLink, newAddress } from './mails.ts'

/** The address of a new user with this role in a project. */
export async function newMember(project: string, role: string): Promise<string> {
  const email = newAddress(role)
  await rest.signUp('Grace', email)
  await rest.invite(project, email, role)
  const invite = new URL(await mailedLink(email)).searchParams.get('token')
  await rest.callAs(rest.session(email, 60), 'POST', '/auth/accept', { invite })
  return email
}
