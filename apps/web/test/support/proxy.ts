import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { afterAll } from 'vitest'
import { place } from './browser.ts'
import { freePorts } from './ports.ts'
import { end, startConsole } from './service.ts'

/** A console that reaches the API through a proxy, which can hold or refuse the calls whose path has this text. */
export async function startBehindProxy(name: string) {
  const [proxyPort = 0, webPort = 0] = await freePorts(2)
  let isRefusing = false
  let held: (() => void)[] | null = null
  const proxy = createServer(async ({ url = '', method, headers }, outgoing) => {
    if (url.includes(name)) {
      if (isRefusing) return outgoing.destroy()
      await new Promise<void>((resolve) => (held ? held.push(resolve) : resolve()))
    }
    request(`${place.apiUrl}${url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    }).end()
  }).listen(proxyPort, '127.0.0.1')
  await once(proxy, 'listening')
  const console = await startConsole({
    PORT: `${proxyPort}`,
    WEB_PORT: `${webPort}`,
    CONSOLE_TOKEN: place.consoleToken,
  })
  afterAll(async () => {
    await end(console)
    proxy.close()
  })
  return {
    consoleUrl: `http://localhost:${webPort}`,
    hold() {
      held = []
    },
    release() {
      for (const go of held ?? []) go()
      held = null
    },
    refuse(isSo: boolean) {
      isRefusing = isSo
    },
  }
}
