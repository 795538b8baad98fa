/** Adds a value to a statement's parameters and returns the placeholder, such as `$3::text`. */
export type AddParameter = (value: unknown) => string

export const addTo =
  (values: unknown[]): AddParameter =>
  (value) =>
    `$${values.push(value)}::text`
