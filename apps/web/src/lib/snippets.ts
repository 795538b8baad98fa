export const snippetKinds = ['github', 'gitlab', 'shell', 'cli'] as const
export type SnippetKind = (typeof snippetKinds)[number]

/** How a new key is tested, and put to use: lines with the key itself in none of them. */
export type Use = { test: string; lines: Record<SnippetKind, string> }

/** A project's key runs benchmarks for it; the project itself is what it may always see. */
export const useOfKey = (apiUrl: string, project: string): Use => {
  const run = `bencher run --host ${apiUrl} --project ${project}`
  return use({
    see: `${apiUrl}/v0/projects/${project}`,
    job: 'benchmark',
    inCi: run,
    byHand: `${run} "make benchmark"`,
  })
}

/** An API token acts as its user, whom it may always see. */
export const useOfToken = (apiUrl: string, user: string): Use => {
  const list = `bencher project list --host ${apiUrl}`
  return use({ see: `${apiUrl}/v0/users/${user}`, job: 'projects', inCi: list, byHand: list })
}

type Commands = { see: string; job: string; inCi: string; byHand: string }

function use({ see, job, inCi, byHand }: Commands): Use {
  const test = `curl ${see} \\
  -H "Authorization: Bearer $BENCHER_API_KEY"`
  const lines = {
    github: `# Settings > Secrets > Actions: BENCHER_API_KEY
- run: ${inCi}
  env:
    BENCHER_API_KEY: \${{ secrets.BENCHER_API_KEY }}`,
    gitlab: `# Settings > CI/CD > Variables: BENCHER_API_KEY, masked
${job}:
  script:
    - ${inCi}`,
    shell: `read -rs BENCHER_API_KEY && export BENCHER_API_KEY
${test}`,
    cli: `read -rs BENCHER_API_KEY && export BENCHER_API_KEY
${byHand}`,
  }
  return { test, lines }
}
