import { openDatabase } from '../database/client.ts'
import { sweep } from './maintenance.ts'

// A separate process that sweeps, so that a test can kill it in the middle.
const [, , url = '', now = ''] = process.argv
await sweep(openDatabase({ url }), new Date(now))
console.log('swept')
