import { page } from '$app/state'
import { actionOf } from './action.ts'

/** The fields that were typed into this form before it failed: the page shows them again. */
export function keptFields(action = ''): Partial<Record<string, string>> {
  const { kept } = page.data
  const [, query = ''] = action.split('?')
  return kept?.action === actionOf(query) ? kept.fields : {}
}

/** The scopes that were typed and those that were ticked; undefined if there were none. */
export function keptScopes({ scopes, scope }: Partial<Record<string, string>>): string | undefined {
  return scopes === undefined && scope === undefined ? undefined : [scopes, scope].filter(Boolean).join(' ')
}
