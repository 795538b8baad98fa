// A door of its own, because the start reads the configuration before anything is generated, and an export is verified
// without the rest of the service.
export { type PublicKey, readPublicKey, readSigner, type Signer } from './audit/signing.ts'
export { type Head, readHead } from './audit-exports/heads.ts'
export { readLine } from './audit-exports/lines.ts'
export { splitLines } from './audit-exports/split.ts'
export { type Verdict, verifyExport } from './audit-exports/verify.ts'
