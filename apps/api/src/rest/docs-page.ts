import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { FastifyInstance } from 'fastify'
import { serveOtherMethods } from './methods.ts'

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Project Keys API</title>
    <link rel="stylesheet" href="/docs/assets/swagger-ui.css">
    <link rel="icon" href="/docs/assets/favicon-32x32.png">
  </head>
  <body>
    <div id="docs"></div>
    <script src="/docs/assets/swagger-ui-bundle.js"></script>
    <script src="/docs/page.js"></script>
  </body>
</html>
`
const SCRIPT = `SwaggerUIBundle({ url: '/v0/server/spec', dom_id: '#docs', deepLinking: true, validatorUrl: null })\n`

const HTML = 'text/html; charset=utf-8'
const JAVASCRIPT = 'text/javascript; charset=utf-8'
const CSS = 'text/css; charset=utf-8'

/** Swagger UI needs style attributes and inline images; all scripts are files from here. */
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"

/** Serves Swagger UI for the OpenAPI document: the page and the files that it needs, and no other file. */
export function serveDocs(app: FastifyInstance) {
  const { resolve } = createRequire(import.meta.url)
  const asset = (name: string) => readFileSync(resolve(`swagger-ui-dist/${name}`))
  const serve = (path: string, type: string, content: string | Buffer) => {
    app.get(path, (_request, reply) =>
      reply.headers({ 'content-type': type, 'content-security-policy': POLICY }).send(content),
    )
    serveOtherMethods(app, path, ['GET'])
  }
  serve('/docs', HTML, PAGE)
  serve('/docs/page.js', JAVASCRIPT, SCRIPT)
  serve('/docs/assets/swagger-ui.css', CSS, asset('swagger-ui.css'))
  serve('/docs/assets/swagger-ui-bundle.js', JAVASCRIPT, asset('swagger-ui-bundle.js'))
  serve('/docs/assets/favicon-32x32.png', 'image/png', asset('favicon-32x32.png'))
}
