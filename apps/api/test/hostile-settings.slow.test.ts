import { expect, test } from 'vitest'
import { HOSTILE, setDefaults } from './hostile-settings.ts'
import { walkMainPath } from './main-path.ts'
import { startService } from './service.ts'

const service = await startService()

async function reconnected() {
  const statuses = () =>
    Promise.all(Array.from({ length: 10 }, async () => (await service.send('GET', '/v0/users', service.admin)).status))
  await expect.poll(async () => new Set(await statuses()), { timeout: 20_000 }).toEqual(new Set([200]))
  await expect.poll(() => service.verifier.health().fresh, { timeout: 20_000 }).toBe(true)
}

test.each(Object.entries(HOSTILE))(
  'the main path is right with %s = %s, one by one and 16 at once',
  async (name, value) => {
    await setDefaults(service.databaseUrl, { [name]: value })
    await reconnected()
    await walkMainPath(service)
    await Promise.all(Array.from({ length: 16 }, () => walkMainPath(service)))
  },
)
