import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LaunchOptions } from 'playwright-core'

/**
 * How to launch the Chromium that we test in: `CHROME_PATH`, else the one from npm (Linux on x64), else this machine's
 * Chrome. The result is plain data, so that the browser is unpacked once for all workers.
 */
export async function findChromium(): Promise<LaunchOptions> {
  const { CHROME_PATH, TMPDIR } = process.env
  if (CHROME_PATH) return { executablePath: CHROME_PATH, args: ['--no-sandbox'] }
  if (process.platform !== 'linux' || process.arch !== 'x64') return { channel: 'chrome' }

  // The package unpacks into TMPDIR and uses any Chromium that it finds there, so each version gets a folder of its own.
  // It unpacks the libraries only if it finds itself in this runtime.
  const folder = join(tmpdir(), `project-keys-chromium-${version()}`)
  mkdirSync(folder, { recursive: true })
  Object.assign(process.env, { TMPDIR: folder, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' })
  const { default: chromium } = await import('@sparticuz/chromium')
  const executablePath = await chromium.executablePath()
  const { LD_LIBRARY_PATH = '' } = process.env
  if (TMPDIR === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = TMPDIR
  return {
    executablePath,
    args: ['--no-sandbox', '--font-render-hinting=none'],
    env: { LD_LIBRARY_PATH, FONTCONFIG_FILE: writeFontsConf(folder), TMPDIR: tmpdir() },
  }
}

/** The package's own file points to a cloud function's font folder; without fonts the browser crashes. */
function writeFontsConf(folder: string) {
  const file = join(folder, 'our-fonts.conf')
  const folders = ['/usr/share/fonts', join(folder, 'fonts')].map((path) => `<dir>${path}</dir>`)
  const cache = `<cachedir>${join(folder, 'fonts-cache')}</cachedir>`
  writeFileSync(file, `<?xml version="1.0"?><fontconfig>${folders.join('')}${cache}</fontconfig>`)
  return file
}

/** Reads the package's version from its manifest, because its exports do not include that. */
function version() {
  const manifest = join(import.meta.dirname, '../../node_modules/@sparticuz/chromium/package.json')
  return /"version":\s*"([^"]+)"/.exec(readFileSync(manifest, 'utf8'))?.[1] ?? 'unknown'
}
