import { openDatabase } from '../database/client.ts'
import { sweep } from './maintenance.ts'

// A process of its own that sweeps, for the tests to kill in the middle.
const [, , url = '', now = ''] = process.argv
await sweep(openDatabase({ url }), new Date(now))
console.log('swept')
