import { redirect } from '@sveltejs/kit'

export const load = ({ params }) => redirect(303, `/projects/${params.project}/keys`)
