import { redirect } from '@sveltejs/kit'
import { pastedKey } from '#lib/pasted-key.ts'
import { describePasted, findPasted } from '#lib/server/pasted-key.ts'
import { returnPath } from '#lib/server/return-path.ts'

export const load = ({ url }) => redirect(303, listOf(url))

// The text of a search may be a key that people pasted: so it comes in a body, and no redirect has it.
export const actions = {
  /** Every search without a script: leads to the list, or to the key. */
  async go({ request, url, locals }) {
    const fields = [...(await request.formData())].flatMap(([name, value]) =>
      typeof value === 'string' && value !== '' ? [[name, value] satisfies [string, string]] : [],
    )
    const searched = fields.find(([name]) => name === 'search')?.[1] ?? ''
    const others = fields.filter(([, value]) => !pastedKey(value))
    const list = (more: [string, string][] = []) => `${listOf(url)}?${new URLSearchParams([...others, ...more])}`
    locals.wayBack = list()
    await locals.api.users.me.query()
    if (!pastedKey(searched)) redirect(303, list())
    const found = await findPasted(locals.api, searched)
    if (typeof found === 'string') redirect(303, list([['pasted', found]]))
    redirect(303, `/projects/${found.project}/keys/${found.uuid}?pasted`)
  },

  /** The same for a script that takes a key out of the field. */
  async key({ request, locals: { api } }) {
    return describePasted(api, String((await request.formData()).get('key') ?? ''))
  },
}

const listOf = (url: URL) => returnPath(url.searchParams.get('list')) ?? '/projects'
