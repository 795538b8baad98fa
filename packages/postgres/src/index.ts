export { type Embedded, findEmbedded, startEmbedded, withEmbedded } from './embedded.ts'
