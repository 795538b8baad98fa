import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

const SRC = join(import.meta.dirname, '../src')

/** The fields that a source declares in types of its own. */
function declaredFields(path: string): string[] {
  const text = readFileSync(join(SRC, path), 'utf8')
  const script = path.endsWith('.svelte')
    ? [...text.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map(([, code]) => code).join('\n')
    : text
  const fields: string[] = []
  const visit = (node: ts.Node) => {
    if (ts.isPropertySignature(node)) fields.push(node.name.getText())
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, script, ts.ScriptTarget.ESNext, true))
  return fields
}

// Only the API's names have underscores, so they show a shape that was typed again instead of taken from the router.
test('the console declares no field of the API in a type of its own', () => {
  const found = globSync('**/*.{ts,svelte}', { cwd: SRC }).flatMap((path) =>
    declaredFields(path).flatMap((field) => (field.includes('_') ? [`${path} declares ${field}`] : [])),
  )
  expect(found).toEqual([])
})
