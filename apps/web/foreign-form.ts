import type { IncomingMessage, ServerResponse } from 'node:http'

/** Whether a browser submits this form from another site, or from the console under a wrong host name. */
export function isForeignForm({ method, headers }: IncomingMessage, consoleOrigin: string): boolean {
  const { origin, accept = '' } = headers
  return method === 'POST' && origin !== undefined && origin !== consoleOrigin && accept.includes('text/html')
}

/** Rejects the form with a page that links to the console; SvelteKit would reject it with a line of plain text. */
export function refuseForeignForm(response: ServerResponse, consoleUrl: string): void {
  response.writeHead(403, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
  response.end(`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <link rel="stylesheet" href="/plain.css">
    <title>This form came from another site · Project Keys</title>
  </head>
  <body>
    <main>
      <h1>This form came from another site</h1>
      <p>The console accepts forms only from its own address, so it changed nothing.</p>
      <p><a href="${consoleUrl}">Go to ${consoleUrl}</a></p>
    </main>
  </body>
</html>
`)
}
