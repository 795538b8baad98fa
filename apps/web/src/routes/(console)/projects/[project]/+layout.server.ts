export const load = async ({ locals, params }) => ({
  project: await locals.api.projects.overview.query({ project: params.project }),
})
