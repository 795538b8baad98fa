import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ACTIONS, may, type ProjectStanding } from './permissions.ts'

const nobody = { admin: false, leads: false, role: null }
const STANDINGS: Record<string, Omit<ProjectStanding, 'visibility'>> = {
  'server admin': { ...nobody, admin: true },
  'leader of its organization': { ...nobody, leads: true },
  maintainer: { ...nobody, role: 'maintainer' },
  developer: { ...nobody, role: 'developer' },
  viewer: { ...nobody, role: 'viewer' },
  'anybody else': nobody,
}
const MAY: Record<string, readonly string[]> = { yes: ['public', 'private'], 'if public': ['public'], no: [] }

/** The first table of the document, row by row. */
const document = await readFile(join(import.meta.dirname, '../../../../docs/permissions.md'), 'utf8')
const [table = ''] = document.split('\n## ')
const rows = table
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').slice(1, -1))
  .map((cells) => cells.map((cell) => cell.trim()))
const [[, ...actions] = [], , ...people] = rows

describe('the table of docs/permissions.md', () => {
  test('has each action and everybody who can be something at a project', () => {
    expect(actions).toEqual(ACTIONS.map((action) => `\`${action}\``))
    expect(people.map(([who]) => who)).toEqual(Object.keys(STANDINGS))
  })

  test.each(people)('is what is done for a %s', (who, ...cells) => {
    const standing = STANDINGS[who ?? ''] ?? nobody
    for (const [index, action] of ACTIONS.entries()) {
      for (const visibility of ['public', 'private'] as const) {
        const allowed = MAY[cells[index] ?? '']?.includes(visibility)
        expect([action, visibility, may(action, { ...standing, visibility })]).toEqual([action, visibility, allowed])
      }
    }
  })
})

test('at an organization its leaders and server admins may all, others nothing', () => {
  for (const action of ACTIONS) {
    expect(may(action, { admin: true, leads: false })).toBe(true)
    expect(may(action, { admin: false, leads: true })).toBe(true)
    expect(may(action, { admin: false, leads: false })).toBe(false)
  }
})
