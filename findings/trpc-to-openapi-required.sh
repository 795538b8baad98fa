#!/usr/bin/env bash
# trpc-to-openapi refuses a path parameter that zod's `required()` made required: zod wraps the string into a
# ZodNonOptional, and the generator looks only into wrappers that it knows. The schema is valid, and both tRPC and
# zod-openapi take it. Write the field without `optional()` instead.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund trpc-to-openapi@3.3.0 @trpc/server@11.25.2 zod@4.6.7 zod-openapi@5.4.6
cat >try.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { initTRPC } from '@trpc/server'
import { generateOpenApiDocument } from 'trpc-to-openapi'
import { z } from 'zod'

const { version } = JSON.parse(readFileSync('node_modules/trpc-to-openapi/package.json', 'utf8'))
console.log(`trpc-to-openapi ${version}, zod ${JSON.parse(readFileSync('node_modules/zod/package.json', 'utf8')).version}`)
const t = initTRPC.meta().create()
const document = (input) => {
  const procedure = t.procedure
    .meta({ openapi: { method: 'GET', path: '/things/{id}' } })
    .input(input)
    .output(z.string())
    .query(({ input }) => input.id)
  return generateOpenApiDocument(t.router({ procedure }), { title: 'a', version: '1', baseUrl: '/' })
}
const outcome = (input) => {
  try {
    return `documented: ${JSON.stringify(document(input).paths['/things/{id}'].get.parameters.map(({ name }) => name))}`
  } catch ({ message }) {
    return `refused: ${message}`
  }
}
const plain = outcome(z.object({ id: z.string() }))
const required = outcome(z.object({ id: z.string().optional() }).required({ id: true }))
console.log(`z.object({ id: z.string() })                                     ${plain}`)
console.log(`z.object({ id: z.string().optional() }).required({ id: true })   ${required}`)
process.exit(plain.startsWith('documented') && required.startsWith('refused') ? 0 : 1)
JS
node try.mjs
