/** The element of the page that the secret goes into. Text from users is escaped, so it can't match. */
const place = /<output id="secret"[^>]*>/

/** Puts a new key into the HTML only, so that it is not in the data that the page's script reads. */
export const withSecret = (html: string, secret: string | undefined) =>
  secret ? html.replace(place, (element) => element + secret) : html
