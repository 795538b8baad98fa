import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isOnPath } from './programs.ts'
import { startService } from './service.ts'
import { createKey, createProject, signUp } from './world.ts'

const service = await startService()
const folder = mkdtempSync(join(tmpdir(), 'basic-programs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let key: string

beforeAll(async () => {
  const ada = await signUp(service)
  key = (await createKey(service, ada, await createProject(service, ada), { name: 'ci' })).key
})

const run = promisify(execFile)
/** The programs ask nobody for a password, read no settings of this machine, and find no daemon. */
const env = {
  PATH: process.env.PATH,
  HOME: folder,
  GIT_TERMINAL_PROMPT: '0',
  GIT_CONFIG_NOSYSTEM: '1',
  DOCKER_HOST: 'unix:///nowhere.sock',
}
const outputOf = async (program: string, ...args: string[]) =>
  await run(program, args, { env, cwd: folder, timeout: 30_000 }).then(
    ({ stdout }) => stdout,
    ({ stderr }: { stderr: string }) => `failed: ${stderr}`,
  )

/** A service that asks about each request, as a gateway does, and serves the files of the folder. */
const files = createServer((request, response) => void serveFile(request, response))
let address: string
beforeAll(async () => {
  await once(files.listen(0, '127.0.0.1'), 'listening')
  const at = files.address()
  address = `127.0.0.1:${at && typeof at === 'object' ? at.port : 0}`
})
afterAll(() => void files.close())

async function serveFile({ url = '/', headers }: IncomingMessage, response: ServerResponse) {
  const asked = { headers: { authorization: headers.authorization ?? '' } }
  const verified = await fetch(`${service.address}/v0/verify?challenge=basic`, asked)
  if (!verified.ok) {
    const challenge = verified.headers.get('www-authenticate') ?? ''
    return response.writeHead(verified.status, { 'www-authenticate': challenge }).end()
  }
  const file = join(folder, new URL(url, 'http://a').pathname)
  response.setHeader('docker-distribution-api-version', 'registry/2.0')
  if (!existsSync(file)) return response.writeHead(404).end()
  return response.end(statSync(file).isFile() ? readFileSync(file) : '{}')
}

describe('a key is the password of', () => {
  test.skipIf(!isOnPath('curl'))('curl, if it is on the PATH', async () => {
    const status = (user: string) =>
      outputOf('curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '-u', user, `${service.address}/v0/verify`)
    expect([await status(`ada:${key}`), await status(`${key}:`), await status('ada:x')]).toEqual(['200', '200', '401'])
  })

  test.skipIf(!isOnPath('git'))('git, if it is on the PATH', async () => {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, env, stdio: 'pipe' })
    git('init', '-q', '--initial-branch=main', 'work')
    git('-C', 'work', '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'first')
    git('clone', '-q', '--bare', 'work', 'repository.git')
    git('-C', 'repository.git', 'update-server-info')
    const list = (login: string) => outputOf('git', 'ls-remote', `http://${login}${address}/repository.git`, 'main')
    expect(await list(`ada:${key}@`)).toContain('refs/heads/main')
    expect(await list('ada:x@')).toContain('Authentication failed')
    expect(await list('')).toMatch(/^failed: .*Username/s)
  })

  test.skipIf(!isOnPath('docker'))('docker, if it is on the PATH', async () => {
    mkdirSync(join(folder, 'v2'), { recursive: true })
    const login = (password: string) => outputOf('docker', 'login', address, '-u', 'ada', '-p', password)
    expect(await login(key)).toContain('Login Succeeded')
    expect(await login('x')).toContain('401 Unauthorized')
  })

  test.skipIf(!isOnPath('npm'))('npm, if it is on the PATH', async () => {
    const dist = { tarball: `http://${address}/tool.tgz`, shasum: '' }
    const versions = { '1.2.3': { name: 'tool', version: '1.2.3', dist } }
    writeFileSync(join(folder, 'tool'), JSON.stringify({ name: 'tool', 'dist-tags': { latest: '1.2.3' }, versions }))
    const view = (password: string) => {
      writeFileSync(join(folder, '.npmrc'), `//${address}/:_auth=${btoa(`ada:${password}`)}\n`)
      return outputOf('npm', 'view', 'tool', 'version', `--registry=http://${address}/`)
    }
    expect(await view(key)).toContain('1.2.3')
    expect(await view('x')).toMatch(/^failed: .*E401/s)
  })
})
