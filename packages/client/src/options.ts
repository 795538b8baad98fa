/** Where the service is, and who calls it. */
export type ClientOptions = {
  /** The URL of the API, such as `https://keys.example.com`. */
  url: string
  /**
   * A session, an API token or, where the endpoint says so, a project key; or a function that returns one before each
   * request. Callers without a credential leave it out.
   */
  token?: string | (() => string | undefined | Promise<string | undefined>) | undefined
  /** Sends the requests; `fetch` itself unless given. */
  fetch?: typeof fetch | undefined
}

/** The header by which a request authenticates. */
export async function authorizationOf({ token }: ClientOptions): Promise<{ authorization?: string }> {
  const value = typeof token === 'function' ? await token() : token
  return value ? { authorization: `Bearer ${value}` } : {}
}
