import type { Project, ProjectPage, User } from '#lib/api-types.ts'
import type { Api } from '#lib/server/api.ts'
import type { FormProblem } from '#lib/server/form.ts'
import type { Theme } from '#lib/theme.ts'

declare global {
  namespace App {
    interface Error {
      status: number
      message: string
      /** Names the failure in the server's log. */
      requestId: string
      /** The page that shows the failed form again, with what was typed into it. */
      wayBack?: string | undefined
    }
    interface Locals {
      api: Api
      session: string | undefined
      requestId: string
      /** Why the form of this request is refused; null if it is good, or if there is none. */
      formProblem: FormProblem | null
      /** The fields of the form that are kept if it fails; null if there is no form, or nothing was typed. */
      typed: Record<string, string> | null
      wayBack?: string
      /** The reader's time zone. */
      zone: string
      /** The plaintext of a key that this request created, for its own response alone. */
      secret?: string
    }
    interface PageData {
      zone?: string
      theme?: Theme
      /** Whether the browser sent a session, which may have ended. */
      hasSession?: boolean
      /** The fields of a form that failed, with the name of its action. */
      kept?: { action: string; fields: Record<string, string> } | undefined
      user?: User
      project?: Project
      mine?: ProjectPage
      docsUrl?: string
    }
  }
}
