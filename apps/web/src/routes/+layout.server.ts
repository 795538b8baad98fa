export const load = ({ locals }) => ({ zone: locals.zone })
