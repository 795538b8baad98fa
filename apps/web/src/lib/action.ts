/** The name of the form action in a query; empty for the default one. */
export const actionOf = (search: string): string =>
  [...new URLSearchParams(search).keys()].find((name) => name.startsWith('/')) ?? ''
