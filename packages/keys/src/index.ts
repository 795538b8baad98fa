export {
  createVerifier,
  ERROR_CODES,
  type ErrorCode,
  systemClock,
  type VerifiedKey,
  type Verifier,
} from '@project-keys/verify'
export { redact } from '@project-keys/verify/redact'
export { record } from './audit/record.ts'
export { readPublicKey, readSigner, type Signer, signerFrom } from './audit/signing.ts'
export { backUp } from './backups/backup.ts'
export { isServiceConnected } from './backups/connected.ts'
export type { Sum } from './backups/format.ts'
export { restore } from './backups/restore.ts'
export { signInLink } from './callers/links.ts'
export { createTokens, type Tokens } from './callers/token.ts'
export { type Database, openDatabase } from './database/client.ts'
export { migrate } from './database/migrate.ts'
export { examineDatabase } from './database/target.ts'
export { foldEmail } from './fields/email.ts'
export { Name, ResourceId } from './fields/fields.ts'
export { type BencherFile, openBencherFile } from './imports/bencher-file.ts'
export type { Kind as ImportedKind } from './imports/bencher-rows.ts'
export { type Clash, importBencher, type Report } from './imports/import.ts'
export { createDerive } from './key/derive.ts'
export { createLimits, LIMITED, type Limit, type Limited, type Limits, NO_LIMITS } from './limits/limits.ts'
export { type Counted, createQuotas, NO_QUOTAS, type Quotas } from './limits/quotas.ts'
export type { Mail } from './mails/mails.ts'
export { compareTotals, mendTotals } from './maintenance/totals.ts'
export { type AppRouter, appRouter } from './router.ts'
export { firstRun } from './server/first-run.ts'
export { type Context, type Service, wholeSecond } from './trpc/context.ts'
export { errorCodeOf, explainError, internalError, refusal } from './trpc/errors.ts'
export { createCallerFactory, type Meta } from './trpc/procedures.ts'
export { OF_CREDENTIALS } from './trpc/refusals.ts'
export { VerifyInput } from './verification/router.ts'
export { type Asked, checkKey, refuseRequest } from './verification/verification.ts'
export { onWire } from './verification/verified-key.ts'
