import { onMount } from 'svelte'
import { afterNavigate } from '$app/navigation'
import { page } from '$app/state'
import type { Failure } from './failures.ts'
import { pastedKey } from './pasted-key.ts'
import { MISSES, type PastedOutcome } from './pasted-outcome.ts'
import { post } from './post.ts'

type Answer = PastedOutcome | { failure: Failure } | 'pending'

/** Where a page shows what a pasted key is: in place of its list, below its field, or in the project switcher. */
export type PastedPlace = 'list' | 'field' | 'switcher'

type Pasting = { place: PastedPlace | null; answer: Answer | null; isForgotten: boolean }
/** The outcome of the key that was pasted into a search of this page. The key itself is never part of it. */
const pasting = $state<Pasting>({ place: null, answer: null, isForgotten: false })
/** Counts the keys, so that no late answer takes the place of a newer one. */
let asked = 0

/** Without a script, the URL says why no key was found. */
export function answerOfPasting(place: PastedPlace): Answer | null {
  if (pasting.place === place && pasting.answer) return pasting.answer
  return place === 'switcher' || pasting.isForgotten ? null : missOf(page.url.searchParams.get('pasted'))
}

export function forgetPasting() {
  asked += 1
  pasting.answer = null
  pasting.isForgotten = true
}

const missOf = (text: string | null) => {
  const miss = MISSES.find((miss) => miss === text)
  return miss ? { miss } : null
}

/** For a component with a field: takes a key out of a text, asks which one it is, and returns whether there was one. */
export function takingKeys(place: PastedPlace) {
  afterNavigate(({ type }) => {
    if (type !== 'enter') forgetPasting()
  })
  return (text: string): boolean => {
    const pasted = pastedKey(text)
    if (!pasted) return false
    asked += 1
    const mine = asked
    Object.assign(pasting, { place, answer: 'pending' } satisfies Partial<Pasting>)
    ask(pasted.key).then((answer) => {
      if (mine === asked) pasting.answer = answer
    })
    return true
  }
}

async function ask(key: string): Promise<Answer> {
  const answer = await post<PastedOutcome>('/search?/key', { key })
  return 'data' in answer ? answer.data : { failure: answer.failure }
}

/** The attributes of a form that searches. Until a script runs it sends a body, because what is pasted may be a key. */
export function searching(path?: string) {
  let isScripted = $state(false)
  onMount(() => {
    isScripted = true
  })
  return () => {
    if (isScripted) return { method: 'GET', action: path } as const
    return {
      method: 'POST',
      action: `/search?${new URLSearchParams({ list: path ?? page.url.pathname })}&/go`,
    } as const
  }
}
