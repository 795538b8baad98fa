/**
 * Lets the browser send a form once the server answers at all. Without an answer the browser would show a page of its own,
 * and the way back from that has lost what was typed. Returns whether the form was sent.
 */
export async function sendIfReachable(event: SubmitEvent & { currentTarget: HTMLFormElement }): Promise<boolean> {
  event.preventDefault()
  const form = event.currentTarget
  const isReachable = await fetch('/robots.txt', { method: 'HEAD', cache: 'no-store' }).then(
    () => true,
    () => false,
  )
  if (isReachable) form.submit()
  return isReachable
}
