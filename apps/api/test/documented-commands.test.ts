import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newPlace } from './process.ts'

const ROOT = join(import.meta.dirname, '../../..')
const operations = await readFile(join(ROOT, 'docs/operations.md'), 'utf8')
const commands = [...operations.matchAll(/^NODE_ENV=production (\S+ apps\/(?:api|web)\/\S+)$/gm)].map(
  ([, command = '']) => command,
)

test('docs/operations.md has a command for the API and one for the console', () => {
  expect(commands).toEqual([expect.stringContaining('apps/api/'), expect.stringContaining('apps/web/')])
})

test.each(commands)('runs on the Node that is installed, whichever the machine has: %s', async (command) => {
  const { env } = await newPlace()
  const [program = '', script = ''] = command.split(' ')
  // The PATH of this test has the installed Node in front; that of the system has another one, or none.
  const PATH = '/usr/bin:/bin:/usr/sbin:/sbin'
  const child = spawn(program, [script], { cwd: ROOT, env: { ...env, NODE_ENV: 'production', PATH } })
  onTestFinished(() => void child.kill())
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const port = script.includes('api') ? env.PORT : env.WEB_PORT
  const answer = async () => (await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' })).status
  await expect.poll(() => answer().catch(() => said), { timeout: 20_000 }).toBeOneOf([303, 404])
})
