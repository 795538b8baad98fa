/** Whether a client with this Accept-Encoding takes an encoding. A rank is not read, only the refusal `q=0`, because browsers rank none. */
export const acceptsEncoding = (accepted: string | string[] | undefined, encoding: string): boolean =>
  String(accepted)
    .split(',')
    .some((each) => {
      const [name, ...parameters] = each.split(';').map((part) => part.trim())
      return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
    })
