/** A generator of clients: what it needs on the PATH, and the commands that generate, compile and run its client. */
export type Tool = { name: string; version: string; needs: string[]; commands: string[]; outcome?: string }

const JAR = 'openapi-generator-cli-7.25.0.jar'
/** Each is run in a folder of its own, which holds its program of `programs`; the document is one level above. */
const DOCUMENT = '../document.json'

const getJar = `test -f ../${JAR} || mvn -q -B dependency:copy -Dartifact=org.openapitools:openapi-generator-cli:7.25.0 -DoutputDirectory=..`

const openapiGenerator = (generator: string, needs: string[], commands: string[], options = '-o client'): Tool => ({
  name: `openapi-generator-${generator}`,
  version: '7.25.0',
  needs: ['java', 'mvn', ...needs],
  commands: [
    getJar,
    `java -jar ../${JAR} generate -g ${generator} -i ${DOCUMENT} ${options} > generator.log`,
    ...commands,
  ],
})

const RUN_GO = ['go mod init example.com/client', 'go mod tidy', 'go run .']

const COMPILER = 'typescript@5.9.3 tsx@4.21.0 @types/node@24.10.1'
const RUN_TYPESCRIPT = [
  'npx tsc --noEmit --strict --skipLibCheck --target es2022 --lib es2022,dom,dom.iterable --module preserve --moduleResolution bundler --types node main.ts',
  'npx tsx main.ts',
]
const ofTypescript = (name: string, version: string, packages: string, generate: string): Tool => ({
  name,
  version,
  needs: ['npm'],
  commands: [
    `echo '{"type":"module"}' > package.json`,
    `npm install --silent --no-audit --no-fund ${packages} ${COMPILER}`,
    generate,
    ...RUN_TYPESCRIPT,
  ],
})

const RUN_PYTHON = (packages: string) => ['python3 -m venv python', `python/bin/pip install -q ${packages}`]

export const TOOLS: Tool[] = [
  openapiGenerator(
    'go',
    ['go'],
    ['rm -r keys/test keys/go.*', ...RUN_GO],
    '-o keys --additional-properties=packageName=keys',
  ),
  openapiGenerator(
    'typescript-fetch',
    ['npm'],
    [
      `echo '{"type":"module"}' > package.json`,
      `npm install --silent --no-audit --no-fund ${COMPILER}`,
      ...RUN_TYPESCRIPT,
    ],
  ),
  openapiGenerator(
    'java',
    [],
    [
      'rm -r client/src/test && cp Main.java client/src/main/java',
      'cd client && mvn -q -B compile org.codehaus.mojo:exec-maven-plugin:3.5.0:java -Dexec.mainClass=Main',
    ],
  ),
  openapiGenerator('python', ['python3'], [...RUN_PYTHON('./client'), 'python/bin/python main.py']),
  openapiGenerator(
    'rust',
    ['cargo'],
    [
      'mkdir client/src/bin && cp main.rs client/src/bin',
      'cd client && cargo add -q tokio --features macros,rt && cargo run -q --bin main',
    ],
  ),
  openapiGenerator('php', ['php'], ['php main.php']),
  { ...openapiGenerator('csharp', [], []), outcome: 'generates; to be read, because no registry has its compiler' },
  {
    name: 'ogen',
    version: '1.25.0',
    needs: ['go'],
    commands: [
      `go run github.com/ogen-go/ogen/cmd/ogen@v1.25.0 -target api -package api --clean ${DOCUMENT} 2> generator.log`,
      ...RUN_GO,
    ],
  },
  {
    name: 'oapi-codegen',
    version: '2.8.2',
    needs: ['go'],
    commands: [
      'mkdir api',
      `go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -generate types,client,spec -package api -o api/api.go ${DOCUMENT}`,
      ...RUN_GO,
    ],
  },
  {
    name: 'progenitor',
    version: '0.15.1',
    needs: ['cargo'],
    commands: [
      'cargo install -q --locked --root tools cargo-progenitor@0.15.1',
      `tools/bin/cargo-progenitor progenitor -i ${DOCUMENT} -o client -n project_keys_client -v 0.1.0 --interface builder > generator.log`,
      'mkdir client/src/bin && cp main.rs client/src/bin',
      'cd client && cargo add -q tokio --features macros,rt && cargo run -q --bin main',
    ],
  },
  {
    name: 'openapi-python-client',
    version: '0.29.1',
    needs: ['python3'],
    commands: [
      ...RUN_PYTHON('openapi-python-client==0.29.1'),
      `python/bin/openapi-python-client generate --path ${DOCUMENT} --output-path client > generator.log`,
      'PYTHONPATH=client python/bin/python main.py',
    ],
  },
  ofTypescript(
    'openapi-typescript',
    '7.13.0',
    'openapi-typescript@7.13.0 openapi-fetch@0.17.0',
    `npx openapi-typescript ${DOCUMENT} -o client/schema.ts`,
  ),
  ofTypescript(
    'orval',
    '8.38.0',
    'orval@8.38.0',
    `npx orval --input ${DOCUMENT} --output client/api.ts --client fetch`,
  ),
  ofTypescript('hey-api', '0.99.0', '@hey-api/openapi-ts@0.99.0', `npx openapi-ts -i ${DOCUMENT} -o client`),
]
