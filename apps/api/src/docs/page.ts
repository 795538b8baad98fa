import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { serveOtherMethods } from '../rest/methods.ts'
import { type Asset, assetOf, serveAsset } from './assets.ts'

const { resolve } = createRequire(import.meta.url)
const own = (name: string) => readFileSync(join(import.meta.dirname, name))
const packaged = (name: string) => readFileSync(resolve(name))

/** The package does not export it by name. */
const STANDALONE = join(dirname(resolve('@scalar/api-reference/style.css')), 'browser/standalone.js')

const JAVASCRIPT = 'text/javascript; charset=utf-8'
const FONTS = {
  sans: '@fontsource-variable/instrument-sans/files/instrument-sans-latin-wght-normal.woff2',
  mono: '@fontsource-variable/geist-mono/files/geist-mono-latin-wght-normal.woff2',
}

/** The files of the page that are the same for every server, read once. */
const files = once(() => {
  const sans = assetOf('sans.woff2', 'font/woff2', packaged(FONTS.sans))
  const mono = assetOf('mono.woff2', 'font/woff2', packaged(FONTS.mono))
  const css = own('page.css').toString().replace('SANS', sans.url).replace('MONO', mono.url)
  return {
    sans,
    mono,
    icon: assetOf('icon.svg', 'image/svg+xml', own('icon.svg')),
    style: assetOf('page.css', 'text/css; charset=utf-8', css),
    script: assetOf('page.js', JAVASCRIPT, own('page.js')),
    scalar: assetOf('reference.js', JAVASCRIPT, readFileSync(STANDALONE)),
  }
})

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined
  return () => (made ??= make())
}

type Options = { reference: object; apiUrl: string; consoleUrl: () => string }

/** Serves the reference of the API: a page, and files that browsers keep. */
export function serveDocs(app: FastifyInstance, { reference, apiUrl, consoleUrl }: Options) {
  const assets = { ...files(), reference: assetOf('reference.json', 'application/json', JSON.stringify(reference)) }
  for (const asset of Object.values(assets)) serveAsset(app, asset)
  app.get('/docs', (_request, reply) => {
    const nonce = randomBytes(16).toString('base64')
    return reply
      .headers({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy(nonce, apiUrl) })
      .send(page({ ...assets, nonce, apiUrl, consoleUrl: consoleUrl() }))
  })
  serveOtherMethods(app, '/docs', ['GET'])
}

/** Scalar adds its styles at run time: those that it can mark have the nonce. It sends requests that are tried to `apiUrl`. */
const policy = (nonce: string, apiUrl: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "font-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${apiUrl}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

type Page = Record<'icon' | 'style' | 'script' | 'scalar' | 'reference' | 'sans', Asset> & {
  nonce: string
  apiUrl: string
  consoleUrl: string
}

const page = ({ nonce, apiUrl, consoleUrl, icon, style, script, scalar, reference, sans }: Page) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta property="csp-nonce" content="${nonce}">
    <title>API reference – Project Keys</title>
    <link rel="icon" href="${icon.url}" type="image/svg+xml">
    <link rel="preload" href="${sans.url}" as="font" type="font/woff2" crossorigin>
    <link rel="stylesheet" href="${style.url}">
    <script src="${script.url}" data-reference="${reference.url}" data-api="${apiUrl}" data-console="${consoleUrl}"></script>
    <script src="${scalar.url}" defer></script>
  </head>
  <body>
    <header class="bar">
      <a class="brand" href="/docs"><img src="${icon.url}" alt="" width="20" height="20"> Project Keys <span>API reference</span></a>
      <a class="back" href="${consoleUrl}">To the console</a>
    </header>
    <main id="reference"><p class="loading">The reference needs JavaScript. The document itself is at <a href="/v0/server/spec">/v0/server/spec</a>.</p></main>
  </body>
</html>
`
