import type { IncomingMessage, ServerResponse } from 'node:http'

/** Whether a browser sends this form from a page of another site, or of the console under a name that is not its own. */
export function isForeignForm({ method, headers }: IncomingMessage, consoleOrigin: string): boolean {
  const { origin, accept = '' } = headers
  return method === 'POST' && origin !== undefined && origin !== consoleOrigin && accept.includes('text/html')
}

/** Says what SvelteKit would refuse in a line of plain text, and where the console is. */
export function refuseForeignForm(response: ServerResponse, consoleUrl: string): void {
  response.writeHead(403, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    'cache-control': 'no-store',
  })
  response.end(`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <link rel="stylesheet" href="/plain.css">
    <title>This form came from elsewhere · Project Keys</title>
  </head>
  <body>
    <main>
      <h1>This form came from elsewhere</h1>
      <p>The console takes forms from its own address alone, so nothing was done.</p>
      <p><a href="${consoleUrl}">Go to ${consoleUrl}</a></p>
    </main>
  </body>
</html>
`)
}
