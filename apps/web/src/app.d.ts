import type { Project, ProjectPage, User } from '#lib/api-types.ts'
import type { Api } from '#lib/server/api.ts'
import type { FormProblem } from '#lib/server/form.ts'

declare global {
  namespace App {
    interface Error {
      status: number
      message: string
      /** Names the failure in the server's log. */
      requestId: string
    }
    interface Locals {
      api: Api
      session: string | undefined
      requestId: string
      /** Why the form of this request is refused; null if it is good, or if there is none. */
      formProblem: FormProblem | null
      /** The reader's time zone. */
      zone: string
      /** The plaintext of a key that this request created, for its own response alone. */
      secret?: string
    }
    interface PageData {
      zone?: string
      user?: User
      project?: Project
      mine?: ProjectPage
      docsUrl?: string
    }
  }
}
