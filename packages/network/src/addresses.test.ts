import { expect, test } from 'vitest'
import { readAddresses } from './addresses.ts'

test('tells the console where the API is, even if it listens everywhere', () => {
  expect(readAddresses({ HOST: '0.0.0.0', PORT: '8080' })).toEqual({
    host: '0.0.0.0',
    port: 8080,
    webPort: 3000,
    consoleUrl: 'http://localhost:3000',
    apiUrl: 'http://127.0.0.1:8080',
    internalApiUrl: 'http://127.0.0.1:8080',
    termsUrl: undefined,
  })
  expect(readAddresses({ HOST: '::' }).internalApiUrl).toBe('http://[::1]:61016')
})

test('people reach the API at API_URL, and the console reaches it on its own machine', () => {
  const env = { CONSOLE_URL: 'https://keys.example.com', API_URL: 'https://api.example.com/' }
  const { apiUrl, internalApiUrl } = readAddresses(env)
  expect(apiUrl).toBe('https://api.example.com')
  expect(internalApiUrl).toBe('http://127.0.0.1:61016')
  expect(() => readAddresses({ API_URL: 'https://api.example.com/v0' })).toThrow('API_URL is')
})

test('the console reaches an API on another machine at INTERNAL_API_URL, and people do not', () => {
  const { apiUrl, internalApiUrl } = readAddresses({ HOST: '0.0.0.0', INTERNAL_API_URL: 'http://api:61016/' })
  expect([internalApiUrl, apiUrl]).toEqual(['http://api:61016', 'http://127.0.0.1:61016'])
})

test.each([
  [{ CONSOLE_URL: 'https://keys.example.com' }, 'https://keys.example.com:61016'],
  [{ CONSOLE_URL: 'https://keys.example.com', HOST: '0.0.0.0', PORT: '8443' }, 'https://keys.example.com:8443'],
  [{ CONSOLE_URL: 'https://keys.example.com', PORT: '443' }, 'https://keys.example.com'],
  [{ CONSOLE_URL: 'http://[fd00::1]:3000' }, 'http://[fd00::1]:61016'],
  [{ CONSOLE_URL: 'http://localhost:4000', HOST: '0.0.0.0' }, 'http://127.0.0.1:61016'],
  [{ HOST: '10.0.0.5' }, 'http://10.0.0.5:61016'],
])('without API_URL, %j puts the API at %s', (env, apiUrl) => {
  expect(readAddresses(env).apiUrl).toBe(apiUrl)
})
