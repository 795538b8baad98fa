/**
 * The token of an Authorization header, or null. The scheme may be in any letter case (RFC 6750, section 2.1; RFC 9110,
 * section 11.1).
 */
export const bearerToken = (authorization: string | null | undefined): string | null =>
  /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? null
