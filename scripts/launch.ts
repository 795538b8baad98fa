import { spawn } from 'node:child_process'
import { Ready } from '../apps/api/src/process/readiness.ts'

const STOP_WITHIN = 30_000 // ms

export type Launched = ReturnType<typeof launch>

/**
 * Runs one of our servers. Ctrl-C does not reach it, so that the console can end before the API. If this process ends, the
 * channel closes and the server ends by itself.
 */
export function launch(name: string, cwd: string, args: string[]) {
  const env = { ...process.env, NODE_ENV: 'production' }
  const child = spawn(process.execPath, args, {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })

  const ended = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(`The ${name} could not be started: ${message}`))
    child.once('exit', (code, signal) => {
      // With exit code 1 the server has printed the reason itself.
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
    const killTimer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN)
    child.kill('SIGTERM')
    await ended
    clearTimeout(killTimer)
  }
  return { ready: Promise.race([answers, failed]), failed, stop }
}
