import { defineConfig } from 'prisma/config'

// Read as it is: without it, `prisma generate` works and the rest says what it misses.
const url = process.env.DATABASE_DIRECT_URL ?? process.env.DATABASE_URL ?? ''

// `prisma generate` looks for the schema engine, which it does not run, and downloads it where it is missing. The path of
// any file that exists stops the download.
if (process.argv[2] === 'generate') process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= 'package.json'

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url },
})
