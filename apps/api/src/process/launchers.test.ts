import { expect, test } from 'vitest'
import { kindOf } from './launchers.ts'

test.each([
  [['npm exec pnpm@12.21.0 start'], 'runner'],
  [['pnpm', 'start'], 'runner'],
  [['node', '--no-warnings', '/opt/node/bin/npx', '-y', 'pnpm'], 'runner'],
  [['/usr/bin/node', '/home/me/pnpm.cjs', 'start'], 'runner'],
  [['/bin/sh', '/usr/local/bin/pnpm', 'start'], 'runner'],
  [['sh', '-c', 'node scripts/start.ts'], 'shell'],
  [['bash', '-c', 'pnpm start'], 'shell'],
  [['-bash'], 'other'],
  [['bash'], 'other'],
  [['node', 'server.js', 'pnpm'], 'other'],
  [['/usr/lib/systemd/systemd', '--user'], 'other'],
])('knows that %j is a %s', (words, kind) => {
  expect(kindOf(words)).toBe(kind)
})
