import type { LaunchOptions } from 'playwright-core'
import type { TestProject } from 'vitest/node'
import { buildIfStale } from './build.ts'
import { findChromium } from './chromium.ts'
import { type Place, startService } from './service.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    place: Place
    chromium: LaunchOptions
  }
}

/** One service for all tests; each test creates a project of its own in it. */
export default async function setup({ provide }: TestProject) {
  await buildIfStale()
  const [{ place, stop }, chromium] = await Promise.all([startService(), findChromium()])
  provide('place', place)
  provide('chromium', chromium)
  return stop
}
