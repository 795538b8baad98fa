export const visibilities = ['private', 'public'] as const
export type Visibility = (typeof visibilities)[number]

export const isVisibility = (text: unknown): text is Visibility => visibilities.some((one) => one === text)
