import { spawn } from 'node:child_process'
import { Ready } from '../apps/api/src/process/readiness.ts'

const STOP_WITHIN = 30_000 // ms

export type Launched = ReturnType<typeof launch>

/**
 * Runs a server of ours. Ctrl-C does not reach it, so that the console can end before the API does; it ends by itself
 * when the channel closes, because this process is gone.
 */
export function launch(name: string, cwd: string, words: string[]) {
  const env = { ...process.env, NODE_ENV: 'production' }
  const child = spawn(process.execPath, words, {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })

  const ended = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(`The ${name} could not be started: ${message}`))
    child.once('exit', (code, signal) => {
      // With exit code 1 it has said itself what is wrong.
      if (code === 1) resolve('')
      else resolve(`The ${name} ended by itself (${signal ?? `exit code ${code}`}).`)
    })
  })
  const failed = ended.then((reason) => {
    throw new Error(reason)
  })
  failed.catch(() => {})

  const answers = new Promise<Ready>((resolve) => {
    child.on('message', (message) => {
      const { success, data } = Ready.safeParse(message)
      if (success) resolve(data)
    })
  })

  const stop = async () => {
    const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN)
    child.kill('SIGTERM')
    await ended
    clearTimeout(impatience)
  }
  return { ready: Promise.race([answers, failed]), failed, stop }
}
