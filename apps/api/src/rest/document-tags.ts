/** The groups of the document. Each operation is in one, because a generator writes it once for each group. */
export const TAGS: Record<string, string> = {
  'project keys': 'The keys of a project. Their holders prove themselves to your services.',
  verification: 'Verify a project key: for gateways, and for services that do not use the library.',
  projects: 'The projects that have keys, and who may see them.',
  organizations: 'The owners of projects.',
  members: 'The members of organizations and projects, and their roles.',
  invitations: 'Invitations to become a member.',
  users: 'Accounts.',
  'user keys': 'The keys of a user, which are called API tokens in the console.',
  auth: 'Sign up, sign in, and accept invitations.',
  'audit log': 'Who did what, in the order in which it was sealed.',
  server: 'Facts about this server.',
}
