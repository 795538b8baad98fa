import { expect, test } from 'vitest'
import { readAddresses } from './addresses.ts'

test('tells the console where the API is, even if it listens everywhere', () => {
  expect(readAddresses({ HOST: '0.0.0.0', PORT: '8080' })).toEqual({
    host: '0.0.0.0',
    port: 8080,
    webPort: 3000,
    consoleUrl: 'http://localhost:3000',
    apiUrl: 'http://127.0.0.1:8080',
  })
  expect(readAddresses({ HOST: '::' }).apiUrl).toBe('http://[::1]:61016')
})
