import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isOnPath } from './programs.ts'

/** How a test runs a gateway by the examples of the page. */
export type Gateway = {
  /** The section of the page. */
  heading: string
  /** The files that the examples name, in a folder below /etc. */
  files: string[]
  /** The line that says where it listens, as on the page and as in the test. */
  listens: (port: number) => [page: string, test: string]
  /** The files that it reads, by name. */
  configure: (given: { examples: string[]; folder: string; port: number }) => Record<string, string>
  run: (folder: string) => string[]
  /** Its response while it cannot reach the API: the status, and whether it says when to try again. */
  away: [status: number, retryAfter: string | null]
  isHere?: () => boolean
}

const APACHE_MODULES = '/usr/lib/apache2/modules'

export const GATEWAYS = {
  nginx: {
    heading: 'nginx',
    files: [],
    listens: (port) => ['listen 80;', `listen 127.0.0.1:${port};`],
    configure: ({ examples: [example = ''], folder }) => ({ 'nginx.conf': nginxConfig(example, folder) }),
    run: (folder) => ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'],
    away: [503, '5'],
  },
  caddy: {
    heading: 'Caddy',
    files: [],
    listens: (port) => [':80 {', `http://127.0.0.1:${port} {`],
    configure: ({ examples: [example = ''] }) => ({
      Caddyfile: `{\n\tadmin off\n\tauto_https off\n\tlog {\n\t\toutput discard\n\t}\n}\n${example}`,
    }),
    run: (folder) => ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')],
    away: [502, null],
    // Before 2.7 the page's example needs a change, which the page tells.
    isHere: () => !/^v?2\.[0-6]\./.test(execFileSync('caddy', ['version'], { encoding: 'utf8' })),
  },
  traefik: {
    heading: 'Traefik',
    files: [],
    listens: () => ['Host(`service.example.com`)', 'PathPrefix(`/`)'],
    configure: ({ examples: [example = ''], folder, port }) => ({
      'dynamic.yaml': example.replaceAll('Host(`service.example.com`)', 'PathPrefix(`/`)'),
      'traefik.yaml': [
        `entryPoints: { web: { address: '127.0.0.1:${port}' } }`,
        `providers: { file: { filename: '${join(folder, 'dynamic.yaml')}' } }`,
        'log: { level: FATAL }',
        'global: { checkNewVersion: false, sendAnonymousUsage: false }',
      ].join('\n'),
    }),
    run: (folder) => [`--configFile=${join(folder, 'traefik.yaml')}`],
    away: [500, null],
  },
  envoy: {
    heading: 'Envoy',
    files: [],
    listens: (port) => ['{ address: 0.0.0.0, port_value: 80 }', `{ address: 127.0.0.1, port_value: ${port} }`],
    configure: ({ examples: [example = ''] }) => ({ 'envoy.yaml': example }),
    run: (folder) => [
      '-c',
      join(folder, 'envoy.yaml'),
      '--use-dynamic-base-id',
      '--concurrency',
      '1',
      '-l',
      'critical',
    ],
    away: [503, '5'],
  },
  haproxy: {
    heading: 'HAProxy',
    files: ['verify-key.lua'],
    listens: (port) => ['bind :80', `bind 127.0.0.1:${port}`],
    configure: ({ examples: [config = '', script = ''] }) => ({
      'haproxy.cfg': `${config}\n`,
      'verify-key.lua': script,
    }),
    run: (folder) => ['-q', '-db', '-f', join(folder, 'haproxy.cfg')],
    away: [503, '5'],
  },
  apache2: {
    heading: 'Apache',
    files: ['verify-key.lua'],
    listens: (port) => ['<VirtualHost *:80>', `<VirtualHost 127.0.0.1:${port}>`],
    configure: ({ examples: [, config = '', script = ''], folder, port }) => ({
      'apache2.conf': apacheConfig(config, folder, port),
      'verify-key.lua': script,
    }),
    run: (folder) => ['-X', '-f', join(folder, 'apache2.conf')],
    away: [503, '5'],
    isHere: () => existsSync(`${APACHE_MODULES}/mod_lua.so`) && existsSync('/usr/share/lua/5.3/socket/http.lua'),
  },
} satisfies Record<string, Gateway>

export const isHere = (name: keyof typeof GATEWAYS): boolean => {
  const gateway: Gateway = GATEWAYS[name]
  return isOnPath(name) && (gateway.isHere?.() ?? true)
}

function nginxConfig(example: string, folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n')
  return `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr crit;
    events {}
    http { access_log off; ${temporary}
    ${example} }`
}

const MODULES = ['mpm_event', 'authz_core', 'headers', 'proxy', 'proxy_http', 'lua']

const apacheConfig = (example: string, folder: string, port: number) =>
  [
    ...MODULES.map((name) => `LoadModule ${name}_module ${APACHE_MODULES}/mod_${name}.so`),
    'ServerName localhost',
    'User www-data',
    'Group www-data',
    `ServerRoot ${folder}`,
    `DefaultRuntimeDir ${folder}`,
    'PidFile apache2.pid',
    'ErrorLog /dev/null',
    `Listen 127.0.0.1:${port}`,
    example,
  ].join('\n')
