import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { freePorts } from './ports.ts'
import { end } from './service.ts'

const PATH = `${process.env.PATH}:/usr/sbin`
export const hasNginx = spawnSync('nginx', ['-v'], { env: { PATH } }).status === 0

type Given = { variables?: Record<string, string>; typed?: string }

/** The output of a shell for these commands, which it runs as a CI does: the first that fails ends it. */
export async function runInShell(commands: string, { variables = {}, typed = '' }: Given) {
  const shell = spawn('bash', ['-eo', 'pipefail', '-c', commands], { env: { PATH, ...variables } })
  shell.stdin.end(`${typed}\n`)
  const [output, [code]] = await Promise.all([text(shell.stdout), once(shell, 'close')])
  return { code: Number(code), output }
}

const GitHub = z.tuple([z.object({ run: z.string(), env: z.record(z.string(), z.string()) })])
const GitLab = z.record(z.string(), z.object({ script: z.array(z.string()) }))

/** Runs the step, with the secret in place of the expression. */
export function runAsGitHub(snippet: string, secret: string) {
  const [{ run, env }] = GitHub.parse(parse(snippet))
  const filled = Object.entries(env).map(([name, value]) => [
    name,
    value.replace(`\${{ secrets.BENCHER_API_KEY }}`, secret),
  ])
  return runInShell(run, { variables: Object.fromEntries(filled) })
}

/** Runs the script of the one job, with the variable that the project has. */
export function runAsGitLab(snippet: string, secret: string) {
  const [job] = Object.values(GitLab.parse(parse(snippet)))
  return runInShell(job?.script.join('\n') ?? '', { variables: { BENCHER_API_KEY: secret } })
}

/** Runs the program on a free port until the test has ended. */
export async function startInNode(program: string): Promise<string> {
  const [port = 0] = await freePorts(1)
  const folder = await newFolder()
  const file = join(folder, 'service.mjs')
  await writeFile(file, program)
  return whenListening(spawn(process.execPath, [file], { env: { PORT: `${port}` }, stdio: 'inherit' }), port)
}

/** Runs nginx on a free port in front of `service` until the test has ended. */
export async function startNginx(server: string, service: string): Promise<string> {
  const [port = 0] = await freePorts(1)
  const folder = await newFolder()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((each) => `${each}_temp_path ${folder};`)
  const placed = server.replace('listen 80;', `listen 127.0.0.1:${port};`).replace('http://127.0.0.1:8080', service)
  expect(placed).not.toMatch(/:8080|listen 80/)
  const file = join(folder, 'nginx.conf')
  await writeFile(
    file,
    `daemon off; pid ${folder}/pid; error_log stderr crit; events {} http { access_log off; ${temporary.join(' ')} ${placed} }`,
  )
  const nginx = spawn('nginx', ['-p', folder, '-c', file, '-e', 'stderr'], { env: { PATH }, stdio: 'inherit' })
  return whenListening(nginx, port)
}

async function newFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'snippet-'))
  await chmod(folder, 0o755)
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function whenListening(child: ChildProcess, port: number) {
  onTestFinished(() => end(child))
  const url = `http://127.0.0.1:${port}`
  await expect.poll(() => fetch(url).catch(() => null), { timeout: 10_000 }).not.toBeNull()
  return url
}
