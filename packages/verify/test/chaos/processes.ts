import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

const PROGRAM = join(import.meta.dirname, 'verifying-process.ts')

/** Starts a process that verifies keys until its `report` is requested. */
export async function startVerifying(url: string, keys: string[], program = PROGRAM) {
  const child = spawn(process.execPath, [program, url, ...keys], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lastYes = new Map<string, number>()
  const counts = new Map<string, number>()
  const lines = createInterface(child.stdout)
  lines.on('line', (line) => {
    const [kind, name = '', value] = line.split(' ')
    if (kind === 'yes') lastYes.set(name, Number(value))
    if (kind === 'count') counts.set(name, Number(value))
  })
  await once(lines, 'line')

  const report = async () => {
    const ended = once(child, 'close')
    child.stdin.end()
    await ended
    return { lastYes, counts }
  }
  return { report, signal: (name: NodeJS.Signals) => child.kill(name) }
}
