export { BOUND } from './evidence.ts'
export {
  type Asked,
  type Credential,
  createVerifier,
  type Missing,
  type Refused,
  type Verdict,
  type VerifiedKey,
  type Verifier,
  type VerifierOptions,
} from './verifier.ts'
