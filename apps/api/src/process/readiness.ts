import { z } from 'zod'

/** The message of a server to the process that started it: it answers requests now, and may have a notice for people. */
export const Ready = z.object({ ready: z.literal(true), notice: z.string().default('') })
export type Ready = z.output<typeof Ready>

const WITHIN = '30 minutes'

type SignIn = { email: string; link: string; token: string; apiUrl: string }

/** A link and a command for the owner's first sign-in, ready to paste. */
export const signInNotice = ({ email, link, token, apiUrl }: SignIn) => `
Sign in as ${email}, once, within ${WITHIN} (pnpm owner-link prints another link):
  ${link}

List the keys of the project "example" (this token works until the owner has signed in):
  curl ${apiUrl}/v0/projects/example/keys -H 'Authorization: Bearer ${token}'
`
