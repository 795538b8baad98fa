import { type Endpoint, FORM_TYPE } from '../rest/endpoints.ts'
import { type Example, exampleOf } from './examples.ts'

type Sample = { lang: string; label: string; source: string }
type Request = { endpoint: Endpoint; example: Example; url: string; needsToken: boolean }

/** One request in four languages. Each reads the credential from the environment; `API_URL` is the server's address. */
export function samplesOf(endpoint: Endpoint, needsToken: boolean): Sample[] {
  const example = exampleOf(endpoint)
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) => String(example.path[name]))
  const request = { endpoint, example, url: `API_URL${path}`, needsToken }
  return [
    { lang: 'shell', label: 'curl', source: curl(request) },
    { lang: 'typescript', label: 'TypeScript', source: typescript(request) },
    { lang: 'python', label: 'Python', source: python(request) },
    { lang: 'go', label: 'Go', source: go(request) },
  ]
}

const typeOf = ({ form }: Endpoint) => (form ? FORM_TYPE : 'application/json')
const formOf = (body: object) =>
  new URLSearchParams(Object.entries(body).map(([name, value]): [string, string] => [name, String(value)]))

function curl({ endpoint, example: { body }, url, needsToken }: Request): string {
  const { method } = endpoint
  const content = body && (endpoint.form ? `--data '${formOf(body)}'` : `--json '${JSON.stringify(body)}'`)
  const isImplied = method === 'GET' || (method === 'POST' && content)
  const lines = [
    `curl ${isImplied ? '' : `-X ${method} `}'${url}'`,
    ...(needsToken ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...(content ? [content] : []),
  ]
  return lines.join(' \\\n  ')
}

function typescript({ endpoint, example, needsToken }: Request): string {
  const { method, path, form } = endpoint
  const options = [
    ...(Object.keys(example.path).length > 0 ? [`params: ${literal({ path: example.path })}`] : []),
    ...(example.body ? [`body: ${literal(example.body)}`] : []),
    ...(form ? ['bodySerializer: (body) => new URLSearchParams(body)'] : []),
  ]
  const argument = options.length > 0 ? `, {\n${options.map((each) => `  ${each},\n`).join('')}}` : ''
  const token = needsToken ? ', token: process.env.TOKEN' : ''
  return `import { createRestClient } from '@project-keys/client'

const api = createRestClient({ url: 'API_URL'${token} })
const { data, error } = await api.${method}('${path}'${argument})
if (error) throw new Error(\`\${error.error_code}: \${error.message}\`)
console.log(data)`
}

/** An object as people write it in JavaScript, on one line. */
const literal = (value: unknown): string =>
  JSON.stringify(value, null, 1)
    .replace(/\n */g, ' ')
    .replace(/"(\w+)":/g, '$1:')
    .replaceAll('"', "'")

function python({ endpoint, example: { body }, url, needsToken }: Request): string {
  const { method, form } = endpoint
  const content =
    body && (form ? `urllib.parse.urlencode(${pythonic(body)}).encode()` : `json.dumps(${pythonic(body)}).encode()`)
  const headers = [
    ...(needsToken ? [`"Authorization": f"Bearer {os.environ['TOKEN']}"`] : []),
    ...(content ? [`"Content-Type": "${typeOf(endpoint)}"`] : []),
  ]
  const modules = ['json', ...(needsToken ? ['os'] : []), ...(form ? ['urllib.parse'] : []), 'urllib.request']
  const read = endpoint.status === 204 ? 'print(response.status)' : 'print(json.load(response))'
  const needed = endpoint.status === 204 ? modules.filter((name) => name !== 'json' || content) : modules
  return `import ${needed.join(', ')}

request = urllib.request.Request(
    "${url}",
    method="${method}",
    headers={${headers.join(', ')}},${content ? `\n    data=${content},` : ''}
)
with urllib.request.urlopen(request) as response:
    ${read}`
}

const pythonic = (value: unknown) =>
  JSON.stringify(value, null, 1)
    .replace(/\n */g, ' ')
    .replace(/: (true|false|null)\b/g, (_, word: string) => `: ${{ true: 'True', false: 'False', null: 'None' }[word]}`)

function go({ endpoint, example: { body }, url, needsToken }: Request): string {
  const { method, form } = endpoint
  const content = body && (form ? formOf(body).toString() : JSON.stringify(body))
  const modules = ['fmt', 'io', 'net/http', ...(needsToken ? ['os'] : []), ...(content ? ['strings'] : [])]
  const lines = [
    `request, err := http.NewRequest("${method}", "${url}", ${content ? `strings.NewReader(\`${content}\`)` : 'nil'})`,
    'if err != nil {\n\t\tpanic(err)\n\t}',
    ...(needsToken ? ['request.Header.Set("Authorization", "Bearer "+os.Getenv("TOKEN"))'] : []),
    ...(content ? [`request.Header.Set("Content-Type", "${typeOf(endpoint)}")`] : []),
    'response, err := http.DefaultClient.Do(request)',
    'if err != nil {\n\t\tpanic(err)\n\t}',
    'defer response.Body.Close()',
    'body, _ := io.ReadAll(response.Body)',
    'fmt.Println(response.Status, string(body))',
  ]
  return `package main

import (
${modules.map((name) => `\t"${name}"\n`).join('')})

func main() {
${lines.map((line) => `\t${line}\n`).join('')}}`
}
