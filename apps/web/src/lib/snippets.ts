export const snippetKinds = ['github', 'gitlab', 'shell', 'cli'] as const
export type SnippetKind = (typeof snippetKinds)[number]

/** Asks for the project, which is what a key may always see of it. */
export const testCommand = (apiUrl: string, project: string): string =>
  `curl ${apiUrl}/v0/projects/${project} \\
  -H "Authorization: Bearer $BENCHER_API_KEY"`

/** Lines that put a new key to use; the key itself is in none of them. */
export const snippets = (apiUrl: string, project: string): Record<SnippetKind, string> => ({
  github: `# Settings > Secrets > Actions: BENCHER_API_KEY
- run: bencher run --host ${apiUrl} --project ${project}
  env:
    BENCHER_API_KEY: \${{ secrets.BENCHER_API_KEY }}`,
  gitlab: `# Settings > CI/CD > Variables: BENCHER_API_KEY, masked
benchmark:
  script:
    - bencher run --host ${apiUrl} --project ${project}`,
  shell: `read -rs BENCHER_API_KEY && export BENCHER_API_KEY
${testCommand(apiUrl, project)}`,
  cli: `export BENCHER_HOST=${apiUrl}
read -rs BENCHER_API_KEY && export BENCHER_API_KEY
bencher run --project ${project} "make benchmark"`,
})
