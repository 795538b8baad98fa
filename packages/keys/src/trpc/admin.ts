import { refusal } from './errors.ts'
import type { UserContext } from './procedures.ts'

export function requireAdmin({ user }: Pick<UserContext, 'user'>) {
  if (!user.admin) throw refusal('admin_only', 'Only a server admin may do this.')
}
