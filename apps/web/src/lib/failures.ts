import { words } from './words/en.ts'

type Known = keyof typeof words.failure.titles
const isKnown = (status: number): status is Known => status in words.failure.titles
/** Their title and advice already say everything. */
const WITHOUT_MESSAGE: Known[] = [401, 403, 405, 408, 413, 415]

export type Failure = { status: number; message?: string; wayBack?: string | undefined }
/** For a request that got no response at all. */
export const NO_RESPONSE: Failure = { status: 503 }

/** The texts that tell people about a failure. `inForm` is for a form that is still there, `next` for a page of its own. */
export function textsOf({ status, message }: Pick<Failure, 'status'> & { message?: string | undefined }) {
  const kind = isKnown(status) ? status : 500
  const { titles, next, inForm } = words.failure
  return {
    kind,
    title: titles[kind],
    message: WITHOUT_MESSAGE.includes(kind) ? undefined : message,
    next: next[kind],
    inForm: inForm[kind],
  }
}
