import openapiTS, { astToString } from 'openapi-typescript'
import ts from 'typescript'
import { z } from 'zod'

/** Values that are known, beside others that may come. */
const OpenEnum = z.object({ 'x-extensible-enum': z.array(z.string()) })
/** No value at all, which a JSON Schema cannot say. */
export const NOTHING = { type: 'undefined' }

/** The types of an OpenAPI document. */
export async function typesOf(document: object): Promise<string> {
  const nodes = await openapiTS(JSON.stringify(document), {
    alphabetize: true,
    // A caller may leave out what has a default.
    defaultNonNullable: false,
    transform: (schema) => {
      if ('type' in schema && String(schema.type) === NOTHING.type) return UNDEFINED
      const { data } = OpenEnum.safeParse(schema)
      return data && ts.factory.createUnionTypeNode(data['x-extensible-enum'].map(literal))
    },
  })
  return astToString(nodes)
}

const UNDEFINED = ts.factory.createKeywordTypeNode(ts.SyntaxKind.UndefinedKeyword)
const literal = (text: string) => ts.factory.createLiteralTypeNode(ts.factory.createStringLiteral(text))
