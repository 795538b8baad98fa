import { z } from 'zod'

/** What a server sends to the process that started it: it answers now, and there may be something to tell people. */
export const Ready = z.object({ ready: z.literal(true), notice: z.string().default('') })
export type Ready = z.output<typeof Ready>

const WITHIN = '30 minutes'

type SignIn = { email: string; link: string; token: string; apiUrl: string }

/** How the owner gets in for the first time, ready to paste. */
export const signInNotice = ({ email, link, token, apiUrl }: SignIn) => `
Sign in as ${email}, once, within ${WITHIN} (pnpm owner-link prints another link):
  ${link}

List the keys of the project "example":
  curl ${apiUrl}/v0/projects/example/keys -H 'Authorization: Bearer ${token}'
`
