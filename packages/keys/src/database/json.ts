import { Prisma } from '../generated/client.ts'

/** A value for a column of JSON, where null means that nothing is stored. */
export const jsonOrNull = <Value>(value: Value | null) => value ?? Prisma.DbNull
