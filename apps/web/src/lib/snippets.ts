export const snippetKinds = ['github', 'gitlab', 'shell', 'cli'] as const
export type SnippetKind = (typeof snippetKinds)[number]

/** Commands that test and use a new key; none of them contains the key itself. */
export type Use = { test: string; lines: Record<SnippetKind, string> }

/** A project key runs benchmarks for its project, which it may always view. */
export const useOfProjectKey = (apiUrl: string, project: string): Use => {
  const run = `bencher run --host ${apiUrl} --project ${project}`
  return use({
    see: `${apiUrl}/v0/projects/${project}`,
    job: 'benchmark',
    inCi: run,
    byHand: `${run} "make benchmark"`,
  })
}

/** A user key acts as its user, whom it may always view. */
export const useOfUserKey = (apiUrl: string, user: string): Use => {
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
