type Sent = { type: string; name: string }

/**
 * Sends a file part by part. The first part comes before the head of the response, so that a refusal is a page. A later
 * one breaks the connection, because a shorter file that ends well would look whole.
 */
export async function sendFile(parts: AsyncGenerator<string>, { type, name }: Sent): Promise<Response> {
  const first = await parts.next()
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    start: (stream) => stream.enqueue(encoder.encode(first.value ?? '')),
    async pull(stream) {
      const { done, value } = await parts.next()
      if (done) stream.close()
      else stream.enqueue(encoder.encode(value))
    },
  })
  return new Response(body, {
    headers: { 'content-type': type, 'content-disposition': `attachment; filename="${name}"` },
  })
}
