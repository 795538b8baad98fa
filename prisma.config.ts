import { defineConfig } from 'prisma/config'

// Read as it is: without it, `prisma generate` works and the rest says what it misses.
const url = process.env.DATABASE_URL ?? ''

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url },
})
