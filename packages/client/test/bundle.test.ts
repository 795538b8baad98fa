import { join } from 'node:path'
import { build, type Rolldown } from 'vite'
import { expect, test } from 'vitest'

/** What a page gets that imports this module: minified, for browsers. */
async function bundle(name: string): Promise<Rolldown.OutputChunk> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: true,
      modulePreload: false,
      rolldownOptions: { input: join(import.meta.dirname, '../src', name), preserveEntrySignatures: 'strict' },
    },
  })
  const chunks = [built].flat().flatMap((each) => ('output' in each ? each.output : []))
  const [chunk, ...others] = chunks.filter((each) => each.type === 'chunk')
  if (!chunk || others.length > 0) throw new Error('The bundle must be one chunk.')
  return chunk
}

const packagesIn = ({ moduleIds }: Rolldown.OutputChunk) =>
  new Set(moduleIds.flatMap((id) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? []))

test('the REST client has at most 10 kB minified, and is openapi-fetch alone', async () => {
  const chunk = await bundle('index.ts')
  expect(chunk.code.length).toBeLessThan(10_000)
  expect([...packagesIn(chunk)]).toEqual(['openapi-fetch'])
  expect(chunk.imports).toEqual([])
})

test('the tRPC client holds nothing of the service, and needs nothing of Node', async () => {
  const chunk = await bundle('trpc.ts')
  expect([...packagesIn(chunk)].toSorted()).toEqual(['@trpc/client', '@trpc/server'])
  expect(chunk.imports).toEqual([])
})
