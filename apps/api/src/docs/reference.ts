import type { OpenApiRouter } from 'trpc-openapi'
import type { oas31 } from 'zod-openapi'
import type { describeApi } from '../rest/document.ts'
import { type Endpoint, endpointsOf } from '../rest/endpoints.ts'
import { COMMANDS } from './commands.ts'
import { type Example, exampleOf } from './examples.ts'
import { readGuides } from './guides.ts'
import { codesIn, listOfCodes } from './refusals.ts'
import { samplesOf } from './samples.ts'

type Document = ReturnType<typeof describeApi>

const INTRODUCTION = `Issues, lists, renames, revokes and verifies the API keys of projects.

**Try it.** [Make an API token that lasts an hour](CONSOLE_URL/account/tokens/new?name=api-reference&expiry=hour) and
paste it under “Authentication”. It stays in the memory of this page, and is gone when you leave.

**TypeScript** has typed clients for REST and tRPC: \`npm install @project-keys/client\`.

**A refusal** has a \`message\` for people and an \`error_code\` for programs. A code never changes, but new ones may come:
treat a code that you do not know by its status. \`request_id\` names the request in the server's log. Every endpoint has
these codes:

`

/**
 * The document with everything that a reader wants beside it: who may call, the command, the codes, samples, and the
 * guides. Inside of texts, `API_URL` and `CONSOLE_URL` stand for the addresses of the two.
 */
export function describeReference(router: OpenApiRouter, document: Document): object {
  const reference = structuredClone(document)
  const described = endpointsOf(router).flatMap((endpoint) => {
    const operation = operationOf(reference, endpoint)
    return operation ? [{ endpoint, operation, codes: codesIn(operation, reference) }] : []
  })
  const usual = described.map(({ codes }) => codes).reduce((some, codes) => some.intersection(codes))
  for (const { endpoint, operation, codes } of described) {
    operation.description = describe(endpoint, operation, codes.difference(usual))
    operation['x-codeSamples'] = samplesOf(endpoint, (operation.security ?? []).length > 0)
    fillIn(operation, exampleOf(endpoint))
  }
  return {
    ...reference,
    info: { ...reference.info, description: INTRODUCTION + listOfCodes(usual) },
    tags: [...readGuides(), ...(reference.tags ?? [])],
  }
}

/** Puts the values of the samples into the form of “Test Request”. */
function fillIn({ parameters = [], requestBody }: oas31.OperationObject, { path, body }: Example) {
  for (const parameter of parameters) if ('name' in parameter) parameter.example ??= path[parameter.name]
  const contents = requestBody && 'content' in requestBody ? Object.values(requestBody.content) : []
  for (const content of contents) if (body) content.example ??= body
}

function describe({ name, who }: Endpoint, { description = '' }: oas31.OperationObject, codes: Set<string>): string {
  const command = COMMANDS[name]
  return [
    description,
    `**Who may call.** ${who}`,
    `**CLI.** ${command ? `\`bencher ${command}\`` : 'There is no command for it.'}`,
    ...(codes.size > 0 ? [`**Error codes**, beside those of every endpoint:\n\n${listOfCodes(codes)}`] : []),
  ]
    .filter(Boolean)
    .join('\n\n')
}

const METHODS = { GET: 'get', POST: 'post', PATCH: 'patch', PUT: 'put', DELETE: 'delete' } as const

const operationOf = ({ paths }: Document, { path, method }: Endpoint): oas31.OperationObject | undefined =>
  paths?.[path]?.[METHODS[method]]
