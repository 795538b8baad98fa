import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const PROGRESS_EVERY = 5 // seconds
/** Run by Node itself, because the links in node_modules/.bin are shell scripts, which Windows cannot run. */
export const TURBO = 'node_modules/turbo/bin/turbo'
const ARGUMENTS = ['run', 'build', '--output-logs=new-only']

/** Builds what changed since the last time; false if told to stop meanwhile. Prints nothing unless it takes long or fails. */
export async function build(root: string, told: Promise<void>) {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' }
  const turbo = spawn(process.execPath, [join(root, TURBO), ...ARGUMENTS], { cwd: root, env, detached: true })
  const output: Buffer[] = []
  turbo.stdout.on('data', (part) => output.push(part))
  turbo.stderr.on('data', (part) => output.push(part))

  let seconds = 0
  const progress = setInterval(() => {
    seconds += 1
    if (seconds === 2) console.log('Building. The first time, this takes up to a minute.')
    else if (seconds % PROGRESS_EVERY === 0) console.log(`  … ${seconds} s`)
  }, 1000)

  try {
    const finished = once(turbo, 'close')
    const stopped = told.then(() => null)
    const result = await Promise.race([finished, stopped])
    if (result?.[0] === 0) return true
    if (result) throw new Error(`${Buffer.concat(output)}\nThe build failed: see above.`)
    if (turbo.pid) process.kill(-turbo.pid, 'SIGTERM')
    await finished
    return false
  } finally {
    clearInterval(progress)
  }
}
