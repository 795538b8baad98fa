import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { z } from 'zod'

export type Server = Awaited<ReturnType<typeof startServer>>

const Listening = z.object({ port: z.int() })
const Used = z.object({ cpu: z.number() })

/** Runs a server of this folder as a process of its own, which reports its CPU time. */
export async function startServer(name: 'ours' | 'bare', words: string[]) {
  const env = { ...process.env, NODE_ENV: 'production' }
  const child = fork(join(import.meta.dirname, `${name}.ts`), words, { env })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The server ${name} ended with ${code}.`)
  })
  ended.catch(() => {})
  const nextMessage = async () => (await Promise.race([once(child, 'message'), ended]))[0]

  const { port } = Listening.parse(await nextMessage())
  /** In microseconds since its start, for this process only. */
  const cpu = async () => {
    child.send('cpu')
    return Used.parse(await nextMessage()).cpu
  }
  return { name, port, cpu, stop: () => void child.kill() }
}
