/** `may('manage', …)` at the project `p`, in SQL, for the user of these placeholders. A test compares the two. */
export const mayManage = ({ user, admin }: { user: string; admin: string }) => `(${admin}::boolean
  OR EXISTS (SELECT FROM organization_members l WHERE l."user" = ${user}::uuid AND l.organization = p.organization)
  OR EXISTS (SELECT FROM project_members m
    WHERE m."user" = ${user}::uuid AND m.project = p.uuid AND m.role = 'maintainer'))`
