import { AsyncLocalStorage } from 'node:async_hooks'

/** The id of the request that the running code works for, also after the response has left. */
export const currentRequest = new AsyncLocalStorage<string>()

const [INFO, WARN] = [30, 40] // the levels of pino

/** Writes what else is a text for people as JSON, one line each, with the id of the request. */
export function writeJsonLines() {
  console.log = (...texts: unknown[]) => void process.stdout.write(lineOf(INFO, texts))
  console.error = (...texts: unknown[]) => void process.stderr.write(lineOf(WARN, texts))
  // Node's own listener writes a text.
  process.removeAllListeners('warning').on('warning', ({ message }) => console.error(message))
}

const lineOf = (level: number, texts: unknown[]) =>
  `${JSON.stringify({ level, time: Date.now(), reqId: currentRequest.getStore(), msg: texts.join(' ').trim() })}\n`
