/** The one token of an Authorization header, whatever the case of the scheme (RFC 6750, section 2.1). */
export const bearerToken = (authorization: string | null | undefined): string | null =>
  /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? null
