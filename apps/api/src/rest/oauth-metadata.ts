import type { FastifyInstance } from 'fastify'
import { sendJson } from './answer.ts'

/**
 * Tells OAuth clients where tokens are introspected, and how they authenticate there (RFC 8414). The issuer is the origin
 * that the client asked, because clients refuse any other one (section 3.3) and no proxy must then be told about it.
 * There is no flow in which this server issues tokens, so both lists are empty.
 */
export function serveOAuthMetadata(app: FastifyInstance) {
  app.get('/.well-known/oauth-authorization-server', ({ protocol, host }, reply) => {
    const issuer = `${protocol}://${host}`
    return sendJson(reply, {
      issuer,
      introspection_endpoint: `${issuer}/v0/introspect`,
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'Bearer'],
      response_types_supported: [],
      grant_types_supported: [],
      service_documentation: `${issuer}/docs`,
    })
  })
}
