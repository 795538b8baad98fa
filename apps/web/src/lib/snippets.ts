export type SnippetKind = 'curl' | 'github' | 'gitlab' | 'node' | 'nginx' | 'cli'

/** Text to copy that uses a new key and works as it is. None contains the key itself. */
export type Snippet = { kind: SnippetKind; text: string }

type Project = { uuid: string; slug: string }

/** A project key is shown to services, which verify it. The CLI can show the project with it. */
export function useOfProjectKey(apiUrl: string, { uuid, slug }: Project): Snippet[] {
  const verify = `${apiUrl}/v0/verify`
  return [
    ...callsOf(verify),
    { kind: 'node', text: inNode(`${verify}?project=${uuid}`) },
    { kind: 'nginx', text: inNginx(`${verify}?project=${uuid}`) },
    { kind: 'cli', text: typed(`bencher project view ${slug} --host ${apiUrl}`) },
  ]
}

/** A user key acts as its user, whom it may always view. */
export const useOfUserKey = (apiUrl: string, user: string): Snippet[] => [
  ...callsOf(`${apiUrl}/v0/users/${user}`),
  { kind: 'cli', text: typed(`bencher project list --host ${apiUrl}`) },
]

function callsOf(url: string): Snippet[] {
  const call = `curl --fail-with-body ${url} -H "Authorization: Bearer $BENCHER_API_KEY"`
  return [
    { kind: 'curl', text: typed(call.replace(' -H', ' \\\n  -H')) },
    { kind: 'github', text: inGitHub(call) },
    { kind: 'gitlab', text: inGitLab(call) },
  ]
}

/** One command, because a shell without bracketed paste would take the next line of several for the key. */
const typed = (command: string) => `read -rs BENCHER_API_KEY && export BENCHER_API_KEY && \\\n  ${command}`

const inGitHub = (command: string) => `- name: Call with the key
  run: |
    ${command}
  env:
    BENCHER_API_KEY: \${{ secrets.BENCHER_API_KEY }}`

const inGitLab = (command: string) => `call-with-the-key:
  script:
    - |
      ${command}`

const inNode = (url: string) => `import { createServer } from 'node:http'

const VERIFY = '${url}'
const away = { status: 503, headers: new Headers({ 'retry-after': '5' }) }

async function verify(authorization = '') {
  const request = { headers: { authorization }, signal: AbortSignal.timeout(5000) }
  const { status, headers } = await fetch(VERIFY, request).catch(() => away)
  const passedOn = ['www-authenticate', 'retry-after'].filter((name) => headers.has(name))
  return {
    status,
    headers: Object.fromEntries(passedOn.map((name) => [name, headers.get(name)])),
    key: headers.get('x-project-key'),
  }
}

createServer(async (request, response) => {
  const { status, headers, key } = await verify(request.headers.authorization)
  if (status !== 200) return response.writeHead(status, headers).end()
  response.end(\`Called with the key \${key}.\\n\`)
}).listen(process.env.PORT ?? 8080)`

const inNginx = (url: string) => `server {
  listen 80;

  location / {
    auth_request /_verify;
    auth_request_set $key_uuid $upstream_http_x_project_key;
    error_page 500 = @not_verified;
    proxy_set_header X-Project-Key $key_uuid;
    proxy_set_header Authorization "";
    proxy_pass http://127.0.0.1:8080;
  }

  location = /_verify {
    internal;
    proxy_pass ${url};
    ${url.startsWith('https:') ? 'proxy_ssl_server_name on;\n    ' : ''}proxy_pass_request_body off;
    proxy_pass_request_headers off;
    proxy_set_header Content-Length "";
    proxy_set_header Authorization $http_authorization;
    proxy_set_header X-Forwarded-For $remote_addr;
  }

  location @not_verified {
    add_header Retry-After 5 always;
    return 503;
  }
}`
