import { defineConfig } from 'vitest/config'
import { testsOf } from '../../vitest.shared.ts'

export default defineConfig(({ mode }) => ({ test: testsOf(mode) }))
