/** How long the old secret goes on after the first use of the new one, in seconds. */
export const graces = [86_400, 604_800, 0] as const
export type Grace = (typeof graces)[number]

export const graceOf = (text: unknown): Grace => graces.find((grace) => String(grace) === text) ?? graces[0]
