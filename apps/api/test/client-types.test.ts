import { join } from 'node:path'
import { appRouter } from '@project-keys/keys'
import { expect, test } from 'vitest'
import { describeApi } from '../src/rest/document.ts'
import { describeRouter } from './client-types/router.ts'
import { typesOf } from './client-types/types.ts'
import { SERVER } from './service.ts'

const GENERATED = join(import.meta.dirname, '../../../packages/client/src/generated')
const NOTICE =
  '// Written by the test client-types of apps/api: run it with `vitest run -u` after a change of the API.\n\n'

test.each([
  ['rest', 'the document', describeApi(appRouter, SERVER)],
  ['trpc', 'the router', describeRouter()],
])('the %s types of @project-keys/client are those of %s: `vitest -u` writes them', async (name, _source, document) => {
  const types = NOTICE + (await typesOf(document))
  await expect(types).toMatchFileSnapshot(join(GENERATED, `${name}.ts`))
})
