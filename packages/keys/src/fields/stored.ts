import { z } from 'zod'
import { EXAMPLES } from './examples.ts'

// The texts of answers. Every value that is stored passes, because the rules for new values (fields.ts) became stricter
// over time: an old name that broke one of them would otherwise make each list that holds it a fault.

const CANONICAL = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'

export const StoredUuid = z
  .string()
  .meta({ format: 'uuid', pattern: CANONICAL, description: 'In lower case.', example: EXAMPLES.key })
export const StoredName = z.string().meta({ description: 'As shown to people.', example: EXAMPLES.keyName })
export const StoredSlug = z.string().meta({ description: 'The name in a URL.', example: EXAMPLES.slug })
export const StoredEmail = z
  .string()
  .meta({ description: 'An e-mail address, in lower case.', example: EXAMPLES.email })
export const StoredUrl = z.string().meta({ description: 'A URL.', example: EXAMPLES.url })

export const ProjectUuid = StoredUuid.meta({ description: 'The project, in lower case.', example: EXAMPLES.project })
export const OrganizationUuid = StoredUuid.meta({
  description: 'The organization, in lower case.',
  example: EXAMPLES.organization,
})
export const UserUuid = StoredUuid.meta({ description: 'The user, in lower case.', example: EXAMPLES.user })
export const UserName = StoredName.meta({ example: EXAMPLES.userName })
export const UserSlug = StoredSlug.meta({ example: EXAMPLES.userSlug })
