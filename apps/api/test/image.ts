import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, matchesGlob, relative } from 'node:path'
import { promisify } from 'node:util'

export const ROOT = join(import.meta.dirname, '../../..')
const HERE = /^(NODE_ENV|NODE_OPTIONS|VITEST.*)$/

type Step = { keyword: string; words: string }
type Stage = { folder: string; env: Record<string, string>; user: string }
export type Image = Stage & { command: string[]; remove: () => Promise<void> }

/** The instructions of the Dockerfile, in their order. */
export async function readDockerfile(): Promise<Step[]> {
  const text = await readFile(join(ROOT, 'Dockerfile'), 'utf8')
  const lines = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', '')
    .split('\n')
    .filter(Boolean)
  return lines.map((line) => {
    const [keyword = '', ...words] = line.split(' ')
    return { keyword, words: words.join(' ') }
  })
}

/** The value of an instruction in the last stage, such as `["node"]`. */
export const lastWords = (steps: Step[], keyword: string): string =>
  steps.findLast((step) => step.keyword === keyword)?.words ?? ''

/**
 * Builds what the Dockerfile builds, where no image can be pulled: each stage is a folder, and this machine runs the
 * commands in it. The base image is left out.
 */
export async function buildImage(): Promise<Image> {
  const work = await mkdtemp(join(tmpdir(), 'image-'))
  const stages = new Map<string, Stage>()
  const steps = await readDockerfile()
  let stage: Stage = { folder: work, env: {}, user: '' }
  for (const [index, { keyword, words }] of steps.entries()) {
    if (keyword === 'FROM') {
      const [base = '', , name = ''] = words.split(' ')
      const from = stages.get(base)
      stage = { folder: join(work, `${index}`), env: { ...from?.env }, user: '' }
      if (from) await copy(from.folder, stage.folder)
      stages.set(name, stage)
    }
    if (keyword === 'WORKDIR') await mkdir(join(stage.folder, words), { recursive: true })
    if (keyword === 'ENV') Object.assign(stage.env, Object.fromEntries(words.split(' ').map((word) => word.split('='))))
    if (keyword === 'USER') stage.user = words
    if (keyword === 'COPY') await copyInto(stage, words, stages)
    if (keyword === 'RUN') await runIn(stage, words)
  }
  const words = ['ENTRYPOINT', 'CMD'].flatMap((keyword): string[] => JSON.parse(lastWords(steps, keyword)))
  return { ...stage, command: words, remove: () => rm(work, { recursive: true, force: true }) }
}

const copy = (from: string, to: string, filter?: (path: string) => boolean) =>
  cp(from, to, { recursive: true, verbatimSymlinks: true, ...(filter && { filter }) })

async function copyInto({ folder }: Stage, words: string, stages: Map<string, Stage>) {
  const [, name, list = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(words) ?? []
  const from = name === undefined ? null : stages.get(name)
  const paths = list.split(' ')
  const target = join(folder, 'app', paths.pop() ?? '')
  for (const path of paths) {
    if (from) await copy(join(from.folder, path), target)
    else await copyContext(path, target)
  }
}

/** Copies what .dockerignore leaves of this repository. */
async function copyContext(path: string, target: string) {
  const lines = (await readFile(join(ROOT, '.dockerignore'), 'utf8')).split('\n').filter((line) => /^[^#]/.test(line))
  const rules = lines.map((line) => ({ keeps: line.startsWith('!'), pattern: line.replace('!', '') }))
  const leadsToKept = (folder: string) => rules.some(({ keeps, pattern }) => keeps && pattern.startsWith(`${folder}/`))
  const isKept = (path: string): boolean =>
    path === '' || leadsToKept(path) || (rules.findLast(({ pattern }) => concerns(pattern, path))?.keeps ?? true)
  const to = path === '.' ? target : join(target, basename(path))
  await copy(join(ROOT, path), to, (file) => isKept(relative(ROOT, file)))
}

/** A pattern that matches a folder concerns all that is in it. */
const concerns = (pattern: string, path: string): boolean =>
  path !== '.' && (matchesGlob(path, pattern) || concerns(pattern, dirname(path)))

async function runIn({ folder, env }: Stage, command: string) {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !HERE.test(name)))
  const options = { cwd: join(folder, 'app'), env: { ...own, ...env }, maxBuffer: 2 ** 26 }
  await promisify(execFile)('/bin/sh', ['-c', command], options).catch((error) => {
    throw new Error(`RUN ${command}\n${error.stdout}\n${error.stderr}`)
  })
}
