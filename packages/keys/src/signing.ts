// A door of its own, because the start reads the configuration before anything is generated.
export { readSigner, type Signer } from './audit/signing.ts'
