import { z } from 'zod'

// The texts of answers. Every value that is stored passes, because the rules for new values (fields.ts) became stricter
// over time: an old name that broke one of them would otherwise make each list that holds it a fault.

const CANONICAL = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'

export const StoredUuid = z.string().meta({ format: 'uuid', pattern: CANONICAL, description: 'In lower case.' })
export const StoredName = z.string().meta({ description: 'As shown to people.' })
export const StoredSlug = z.string().meta({ description: 'The name in a URL.' })
export const StoredEmail = z.string().meta({ description: 'An e-mail address, in lower case.' })
export const StoredUrl = z.string().meta({ description: 'A URL.' })
