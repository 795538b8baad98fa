import { createRestClient } from '@project-keys/client'
import { createTrpcClient, errorCodeOf } from '@project-keys/client/trpc'

/** Tells the projects and the user of a token, or why it is refused. */
export async function whoAmI(url, token) {
  const { data, error } = await createRestClient({ url, token }).GET('/v0/projects')
  const trpc = createTrpcClient({ url, token })
  const me = await trpc.users.me.query().catch(errorCodeOf)
  return { projects: data?.map(({ slug }) => slug), error: error?.error_code, me }
}

if (globalThis.process) console.log(JSON.stringify(await whoAmI(process.env.API_URL, process.env.TOKEN)))
