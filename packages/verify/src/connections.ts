export { connectionSettings, openClient, type Wishes } from './connections/connect.ts'
export { databaseFault } from './connections/faults.ts'
export { missingSettings } from './connections/session-settings.ts'
export { readTarget, type Target, urlFault } from './connections/target.ts'
