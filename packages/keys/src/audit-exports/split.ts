const NEWLINE = 10

/** The lines of a file, as bytes: a text could not tell a wrong byte from the sign that stands for one. */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let open: Buffer[] = []
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const part = chunk.subarray(start, end)
      yield open.length > 0 ? Buffer.concat([...open, part]) : part
      open = []
      start = end + 1
    }
    if (start < chunk.length) open.push(chunk.subarray(start))
  }
  if (open.length > 0) yield Buffer.concat(open)
}
