import type { IncomingMessage, ServerResponse } from 'node:http'

type Options = {
  /** In ms, from the end of the request's head. */
  withinMs: number
  /** Answers 408. It must make sure that nothing acts on a body that arrives after all. */
  refuse: () => void
}

/**
 * Refuses a request whose body is late, because a slow body would otherwise hold its connection, and whatever was
 * decided before it, for minutes. The answer closes the connection. If the request was answered already, we close the
 * connection at once. Call this as soon as the head was read.
 */
export function refuseLateBody(
  request: IncomingMessage,
  response: ServerResponse,
  { withinMs, refuse }: Options,
): void {
  if (!hasBody(request)) return
  const timer = setTimeout(() => {
    if (request.complete) return
    if (response.headersSent) return void request.destroy()
    response.setHeader('connection', 'close')
    refuse()
  }, withinMs)
  request.once('close', () => clearTimeout(timer))
}

/** Whether the head of a request announces a body. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
