import type { Api } from '#lib/server/api.ts'

type Project = { slug: string; name: string; organization: { name: string } }

declare global {
  namespace App {
    interface Error {
      status: number
      message: string
      /** What an operator finds the failure by. */
      request_id: string
    }
    interface Locals {
      api: Api
      session: string | undefined
      requestId: string
      /** The reader's time zone. */
      zone: string
      /** The plaintext of a key made by this very request, for its answer alone. */
      secret?: string
    }
    interface PageData {
      zone?: string
      user?: { name: string; email: string }
      project?: Project
      mine?: { projects: Project[] }
      docsUrl?: string
    }
  }
}
