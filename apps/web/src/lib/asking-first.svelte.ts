import { type Failure, NO_RESPONSE } from '#lib/failures.ts'
import { beforeNavigate, preloadData } from '$app/navigation'

/**
 * For a form that searches the list of its page: it asks for the result first and shows it once it is there, because an
 * error page would take the place of the list.
 */
export function askingFirst() {
  let failure = $state<Failure>()
  let isPending = $state(false)
  let asked = ''
  let answered = ''

  /** A result that comes after a click must not lead back from where the click leads. */
  beforeNavigate(({ type }) => {
    if (type === 'form') return
    asked = ''
    isPending = false
  })

  async function ask(event: SubmitEvent) {
    const form = event.currentTarget
    if (!(form instanceof HTMLFormElement)) return
    const { href } = urlOf(form)
    if (href === answered) return // its result is there, so the form may go on
    event.preventDefault()
    if (isPending && href === asked) return
    asked = href
    isPending = true
    const result = await preloadData(href).catch(() => ({ type: 'error' as const, ...NO_RESPONSE }))
    if (asked !== href) return
    isPending = false
    const status = result.type === 'error' ? result.status : 200
    failure = status < 400 ? undefined : { status }
    if (failure) return
    answered = href
    form.requestSubmit()
    answered = ''
  }

  return {
    get failure() {
      return failure
    },
    get isPending() {
      return isPending
    },
    attach(field: HTMLInputElement) {
      const { form } = field
      form?.addEventListener('submit', ask)
      return () => form?.removeEventListener('submit', ask)
    },
  }
}

/** The page that the form leads to. */
function urlOf(form: HTMLFormElement) {
  const url = new URL(form.action)
  url.search = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)])).toString()
  return url
}
