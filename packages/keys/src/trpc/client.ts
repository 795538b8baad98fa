import { isBasic, readBasic } from '../callers/basic.ts'
import { identifyCaller, requireCredential } from './caller.ts'
import type { Context } from './context.ts'
import { refusal } from './errors.ts'

/**
 * Identifies an OAuth client: by Bearer, by Basic (`client_secret_basic`) or by a field of its form
 * (`client_secret_post`; RFC 6749, section 2.3.1). The secret is a credential like any other, and the client's id may be
 * anything, so it is not read. A form is read before the client is known, because it holds the secret.
 * @throws 401, 429, 400 for a client that authenticates in two ways
 */
export async function identifyClient(ctx: Context, getRawInput: () => Promise<unknown>) {
  const authorization = ctx.authorization ? bearerOf(ctx.authorization) : await bearerInForm(ctx)
  const client = { ...ctx, authorization }
  requireCredential(client)
  const identified = await identifyCaller(client, getRawInput, null)
  if (ctx.authorization && (await ctx.form?.())?.has('client_secret')) {
    throw refusal('invalid_input', 'client_secret: must not be sent beside an Authorization header.')
  }
  return identified
}

function bearerOf(authorization: string): string {
  if (!isBasic(authorization)) return authorization
  const secret = formDecoded(readBasic(authorization)?.password ?? '')
  if (secret) return `Bearer ${secret}`
  throw refusal('missing', 'The Basic credential must have an API token or a project key as its password.')
}

async function bearerInForm({ form }: Context): Promise<string | undefined> {
  const [secret, ...more] = (await form?.())?.getAll('client_secret') ?? []
  return secret && more.length === 0 ? `Bearer ${secret}` : undefined
}

/** Both parts of the credential are encoded like the values of a form (RFC 6749, appendix B). */
const formDecoded = (text: string): string =>
  new URLSearchParams(`secret=${text.replaceAll('&', '%26')}`).get('secret') ?? ''
