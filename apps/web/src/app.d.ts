import type { Project, ProjectPage, User } from '#lib/api-types.ts'
import type { Api } from '#lib/server/api.ts'

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
