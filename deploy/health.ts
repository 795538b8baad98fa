/** Ends with 0 if a server of this container answers. Node asks it, because the image has no other program that could. */
const [, , url = `http://127.0.0.1:${process.env.PORT ?? 61016}/livez`] = process.argv

try {
  const { status } = await fetch(url, { redirect: 'manual' })
  console.log(`${url} is a ${status}.`)
  process.exit(status < 400 ? 0 : 1)
} catch (error) {
  console.log(`${url} does not answer: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
