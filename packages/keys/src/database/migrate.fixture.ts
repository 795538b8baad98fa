import { migrate } from './migrate.ts'

// A separate process that migrates, so that a test can kill it in the middle.
const [, , url = '', folder = ''] = process.argv
await migrate({ url, folder })
