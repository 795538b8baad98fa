/** The columns of a list of shapes, for a SELECT from `table`. */
export const columnsOf = (shapes: Record<string, unknown>, table: string): string =>
  Object.keys(shapes)
    .map((column) => `${table}."${column}"`)
    .join(', ')
