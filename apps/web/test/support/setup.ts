import type { LaunchOptions } from 'playwright-core'
import type { TestProject } from 'vitest/node'
import { findChromium } from './chromium.ts'
import { type Place, startService } from './service.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    place: Place
    chromium: LaunchOptions
  }
}

/** One service for all tests; each test makes a project of its own in it. */
export default async function setup({ provide }: TestProject) {
  const [{ place, stop }, chromium] = await Promise.all([startService(), findChromium()])
  provide('place', place)
  provide('chromium', chromium)
  return stop
}
