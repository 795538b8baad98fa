import { readTarget } from '@project-keys/verify/connections'

/** What DATABASE_URL asks for, with the schema that Prisma takes if the URL names none. */
export function databaseTarget(url: string) {
  const target = readTarget(url)
  return { ...target, schema: target.schema ?? 'public' }
}
