import { createRestClient, type ErrorCode } from '@project-keys/client'
import { createTrpcClient, errorCodeOf, type RouterInputs, type RouterOutputs } from '@project-keys/client/trpc'

type Caller = { url: string; token: string }

/** Creates a key, finds it by its name, revokes it, and tells why revoking it again is refused. */
export async function useRest({ url, token }: Caller, project: string) {
  const api = createRestClient({ url, token: async () => token })
  const made = await api.POST('/v0/projects/{project}/keys', { params: { path: { project } }, body: { name: 'rest' } })
  if (made.error) throw new Error(made.error.message)
  const query = { name: 'rest', per_page: 255 }
  const listed = await api.GET('/v0/projects/{project}/keys', { params: { path: { project }, query } })
  const names: string[] | undefined = listed.data?.map(({ name }) => name)
  const params = { path: { project, key: made.data.uuid } }
  const revoked = await api.DELETE('/v0/projects/{project}/keys/{key}', { params })
  const again = await api.DELETE('/v0/projects/{project}/keys/{key}', { params })
  const code: ErrorCode | undefined = again.error?.error_code
  return { key: made.data.key, names, status: revoked.response.status, code }
}

/** The same over tRPC. */
export async function useTrpc({ url, token }: Caller, project: string) {
  const api = createTrpcClient({ url, token })
  const input: RouterInputs['projectKeys']['create'] = { project, name: 'trpc' }
  const made: RouterOutputs['projectKeys']['create'] = await api.projectKeys.create.mutate(input)
  const listed = await api.projectKeys.list.query({ project, name: 'trpc', per_page: 255 })
  const names: string[] = listed.map(({ name }) => name)
  const revoked: undefined = await api.projectKeys.revoke.mutate({ project, key: made.uuid })
  const code = await api.projectKeys.revoke.mutate({ project, key: made.uuid }).catch(errorCodeOf)
  return { key: made.key, names, revoked, code }
}

/** Mistakes that the compiler finds. */
export async function mistakes(caller: Caller) {
  const rest = createRestClient(caller)
  // @ts-expect-error: there is no such path
  const { error } = await rest.GET('/v0/keys')
  // @ts-expect-error: there is no such code
  const mistyped = error?.error_code === 'already_revokd'
  // @ts-expect-error: a key has a name
  await rest.POST('/v0/projects/{project}/keys', { params: { path: { project: 'example' } }, body: {} })
  const trpc = createTrpcClient(caller)
  // @ts-expect-error: a list is of a project
  await trpc.projectKeys.list.query({})
  // @ts-expect-error: it is a mutation
  await trpc.projectKeys.revoke.query({ project: 'example', key: '' })
  // @ts-expect-error: the procedures of the worker are not public
  await trpc.maintenance.sweep.mutate()
  return mistyped
}
