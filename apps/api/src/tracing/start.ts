import type { Tracing } from './tracing.ts'

type Environment = Partial<Record<string, string>>

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']

/**
 * Starts OpenTelemetry if its standard variables name an endpoint, which also say the rest (headers, the name of the
 * service, sampling); else null, and nothing of it is loaded.
 */
export async function startTracing(environment: Environment, version: string): Promise<Tracing | null> {
  const isOn = ENDPOINTS.some((name) => environment[name]) && environment.OTEL_SDK_DISABLED?.toLowerCase() !== 'true'
  if (!isOn) return null
  const { openTracing } = await import('./open-telemetry.ts')
  return openTracing(version)
}
