import { startEmbedded } from './embedded.ts'

// A process of its own that owns the folder it is given, for the tests to kill.
const [, , folder = ''] = process.argv
try {
  await startEmbedded({ folder, log: () => {} })
  console.log('up')
} catch (error) {
  console.log(error instanceof Error ? error.message : error)
}
