/**
 * An e-mail address as it is stored and compared. Only ASCII letters are folded: Unicode's rules turn the Kelvin sign
 * into a `k`, and so one person's address into another's.
 */
export const foldEmail = (email: string): string => email.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
