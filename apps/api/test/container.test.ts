import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import root from '../../../package.json' with { type: 'json' }
import { readConfig } from '../src/config.ts'
import { heapLimits } from '../src/process/heap-limits.ts'
import { lastWords, ROOT, readDockerfile } from './image.ts'
import { isOnPath } from './programs.ts'
import { variables } from './variables.ts'

const DRAIN = 18 // seconds: 8 for requests, 5 for the worker, 5 for mails
const LIMITS = heapLimits(readConfig({}).cacheSize)
const read = (path: string) => readFile(join(ROOT, path), 'utf8')
const steps = await readDockerfile()

describe('the Dockerfile', () => {
  test('has the versions of Node and pnpm that the repository has', async () => {
    const { catalog } = parse(await read('pnpm-workspace.yaml'))
    expect(steps[0]).toEqual({ keyword: 'ARG', words: `NODE=${catalog.node}` })
    const versions = [...(await read('Dockerfile')).matchAll(/pnpm@([\d.]+)/g)].map(([, version]) => version)
    expect(new Set(versions)).toEqual(new Set([root.devEngines.packageManager.version]))
  })

  test('runs Node itself, as a user who is not root, with the limits of memory that `start` gives', () => {
    expect(JSON.parse(lastWords(steps, 'ENTRYPOINT'))).toEqual(['node'])
    expect(JSON.parse(lastWords(steps, 'CMD'))).toEqual([...LIMITS, 'apps/api/src/main.ts'])
    expect(lastWords(steps, 'USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
  })

  test('has a health check by Node, with a start period', () => {
    expect(lastWords(steps, 'HEALTHCHECK')).toMatch(/^--start-period=\d+s .*CMD \["node", "deploy\/health\.ts"\]$/)
  })

  test.skipIf(!isOnPath('hadolint'))('satisfies hadolint, if it is on the PATH', () => {
    expect(execFileSync('hadolint', ['Dockerfile'], { cwd: ROOT, encoding: 'utf8' })).toBe('')
  })
})

const Service = z.object({ environment: z.record(z.string(), z.string().nullable()), healthcheck: z.looseObject({}) })
const Compose = z.object({
  services: z.object({
    postgres: z.looseObject({}),
    api: z.looseObject(Service.shape),
    console: z.looseObject(Service.shape),
  }),
})

describe('deploy/compose.yaml', async () => {
  const text = await read('deploy/compose.yaml')
  const { services } = Compose.parse(parse(text, { merge: true }))

  test('holds no secret, and asks for each that is missing', () => {
    const secrets = [...text.matchAll(/(?:PASSWORD|SECRET_KEY|CONSOLE_TOKEN): (.*)$/gm)].map(([, value]) => value)
    expect(secrets.length).toBeGreaterThanOrEqual(3)
    for (const secret of secrets) expect(secret).toMatch(/^\$\{[A-Z_]+:\?set [A-Z_]+ in \.env\}$/)
  })

  test('starts the API when PostgreSQL is healthy, and the console when the API is ready', () => {
    expect(services).toMatchObject({
      api: {
        depends_on: { postgres: { condition: 'service_healthy' } },
        healthcheck: { test: expect.arrayContaining([expect.stringContaining('/readyz')]), start_period: '15m' },
      },
      console: { depends_on: { api: { condition: 'service_healthy' } } },
    })
  })

  test.each([services.api, services.console])('contains a process, and waits until it has drained', (service) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
    expect(Number.parseInt(String(service.stop_grace_period), 10)).toBeGreaterThan(DRAIN)
    expect(Object.keys(service.environment).filter((name) => !variables().includes(name))).toEqual([])
  })
})

/** Each object of the manifests, as the type that Kubernetes publishes for it. */
const KINDS: Record<string, string> = {
  ConfigMap: 'v1',
  Deployment: 'apps/v1',
  PodDisruptionBudget: 'policy/v1',
  Service: 'v1',
}

const Pod = z.object({
  kind: z.literal('Deployment'),
  spec: z.object({
    replicas: z.number(),
    template: z.object({
      spec: z.looseObject({
        enableServiceLinks: z.literal(false),
        securityContext: z.looseObject({ runAsNonRoot: z.literal(true) }),
        terminationGracePeriodSeconds: z.number(),
        containers: z.tuple([
          z.looseObject({
            env: z.array(z.looseObject({ name: z.string() })),
            lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }),
          }),
        ]),
      }),
    }),
  }),
})

describe('the manifests for Kubernetes', async () => {
  const files = globSync('deploy/kubernetes/{api,console,settings}.yaml', { cwd: ROOT })
  const objects = (await Promise.all(files.map(read))).flatMap((text) =>
    parseAllDocuments(text).map((document): unknown => document.toJS()),
  )
  const deployments = objects.map((object) => Pod.safeParse(object)).flatMap(({ data }) => data ?? [])

  test('are of the types of Kubernetes, with no field that it does not know', () => {
    const lines = objects.map((object, index) => {
      const { kind } = z.object({ kind: z.string() }).parse(object)
      return `import type { I${kind} as T${index} } from 'kubernetes-models/${KINDS[kind]}'\nexport const o${index}: T${index} = ${JSON.stringify(object)}\n`
    })
    expect(lines).toHaveLength(7)
    expect(faultsOf(lines.join(''))).toEqual([])
    expect(faultsOf(lines.join('').replace('"readinessProbe"', '"readinesProbe"'))).not.toEqual([])
  })

  test('run several replicas that may not do more than they must', () => {
    expect(deployments.map(({ spec }) => spec.replicas >= 2)).toEqual([true, true])
    for (const { spec } of deployments) {
      expect(spec.template.spec).toMatchObject({
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
            resources: { requests: expect.anything(), limits: expect.anything() },
          },
        ],
      })
    }
  })

  test('give a process the time that it needs to drain', () => {
    for (const { spec } of deployments) {
      const { containers, terminationGracePeriodSeconds } = spec.template.spec
      expect(terminationGracePeriodSeconds).toBeGreaterThan(containers[0].lifecycle.preStop.sleep.seconds + DRAIN)
    }
  })

  test('ask a path that needs no database whether the API is alive, and /readyz whether it gets requests', () => {
    expect(deployments[0]?.spec.template.spec.containers[0]).toMatchObject({
      startupProbe: { httpGet: { path: '/livez' } },
      livenessProbe: { httpGet: { path: '/livez' } },
      readinessProbe: { httpGet: { path: '/readyz' } },
    })
  })

  test('set variables that the service knows, each once, and take secrets by reference', () => {
    const envs = deployments.map(({ spec }) => spec.template.spec.containers[0].env)
    for (const env of envs) expect(new Set(env.map(({ name }) => name)).size).toBe(env.length)
    const env = envs.flat()
    expect(env.filter(({ name }) => !variables().includes(name))).toEqual([])
    const secrets = env.filter(({ name }) => /SECRET|TOKEN|DATABASE|SMTP|AUDIT/.test(name))
    expect(secrets.filter(({ valueFrom }) => valueFrom === undefined)).toEqual([])
  })
})

/** The errors that TypeScript finds in such a file of this package. */
function faultsOf(text: string) {
  const name = join(import.meta.dirname, 'manifests.ts')
  const options = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ESNext,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  }
  const host = ts.createCompilerHost(options)
  const getSourceFile = host.getSourceFile
  host.getSourceFile = (file, ...rest) =>
    file === name ? ts.createSourceFile(file, text, ts.ScriptTarget.ESNext) : getSourceFile(file, ...rest)
  const program = ts.createProgram([name], options, host)
  return program.getSemanticDiagnostics().map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

describe('the units for systemd', async () => {
  const units = globSync('deploy/systemd/*.service', { cwd: ROOT })
  const api = await read('deploy/systemd/project-keys-api.service')

  test('run Node itself, with the limits of memory that `start` gives', () => {
    expect(api).toContain(`/node_modules/node/bin/node ${LIMITS.join(' ')} apps/api/src/main.ts\n`)
  })

  test('give the API the time that it needs to drain, and only Node the signal', () => {
    expect(Number(/TimeoutStopSec=(\d+)/.exec(api)?.[1])).toBeGreaterThan(DRAIN)
    expect(api).toContain('KillMode=mixed\n')
  })

  test.skipIf(!isOnPath('systemd-analyze'))('satisfy systemd-analyze, if it is on the PATH', () => {
    for (const unit of units) {
      const command = ['security', '--offline=yes', '--threshold=20', '--no-pager', unit]
      expect(() => execFileSync('systemd-analyze', command, { cwd: ROOT, stdio: 'pipe' })).not.toThrow()
    }
  })
})
