import { z } from 'zod'
import type { Database } from './client.ts'
import { type PageRow, pageText, readPage } from './page.ts'
import { offset, type PageRequest } from './page-request.ts'
import { type AddParameter, addTo } from './parameters.ts'
import { contains, folded, patternOf } from './search.ts'

type List<Row> = {
  row: Row
  /** A SELECT … WHERE …, to which filters are added, with a `uuid` and a `name`. */
  select: (parameter: AddParameter) => string
  /** The expression that is the name, and those that a search looks at. */
  name: string
  searched: string[]
  /** The columns to sort by: the name by default. */
  order?: string[]
}

/** A page of any list, sorted by name in the byte order of UTF-8 by default, then by UUID. */
export async function listPage<Row extends z.ZodType>(
  { pool }: Pick<Database, 'pool'>,
  list: List<Row>,
  request: PageRequest,
) {
  const values: unknown[] = [request.per_page, offset(request)]
  const parameter = addTo(values)
  const filters = [
    list.select(parameter),
    request.name === undefined ? null : `${list.name} = ${parameter(request.name)}`,
    request.search ? contains(folded(...list.searched), parameter(patternOf(request.search))) : null,
  ]
  const matching = filters.filter((part) => part !== null).join(' AND ')
  const text = pageText({ matching, order: [...(list.order ?? ['name']), 'uuid'], direction: request.direction })
  const { total, items } = readPage((await pool.query<PageRow<{ uuid: string }>>({ text, values })).rows)
  return { total, items: z.array(list.row).parse(items) }
}
