/** The values that the document shows. They belong together: Ada's project has a key of the build server. */
export const EXAMPLES = {
  key: '01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41',
  project: '01992c3f-15c8-7e04-8a96-2b7d4c90f1a3',
  organization: '01992c3e-a4f2-7c19-b5d8-61e3970c8b2f',
  user: '01992c3e-9b07-7d63-8e41-0c5a7f2d93b6',
  keyName: 'ci-main',
  projectName: 'Web shop',
  organizationName: 'Example',
  userName: 'Ada Lovelace',
  slug: 'web-shop',
  organizationSlug: 'example',
  userSlug: 'ada-lovelace',
  email: 'ada@example.com',
  url: 'https://example.com/shop',
  token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGFAZXhhbXBsZS5jb20ifQ.gKSL4lxpFLb7iQ',
  projectKey: 'bencher_run_4XeQ2mK9sTb7LwPz1RhYvN3cJd0aGu',
} as const
