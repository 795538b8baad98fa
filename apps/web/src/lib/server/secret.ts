/** Where the secret goes in the page: an element, which no text of a user can be. */
const place = /<output id="secret"[^>]*>/

/** Puts a new key into the HTML and nothing else: not into the data that the page's script reads. */
export const withSecret = (html: string, secret: string | undefined) =>
  secret ? html.replace(place, (element) => element + secret) : html
