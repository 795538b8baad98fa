import { describe, expect, test } from 'vitest'
import { may } from './permissions.ts'

const ACTIONS = ['view', 'create', 'edit', 'manage'] as const
const nobody = { admin: false, leads: false, role: null }

describe('who may do what at a project', () => {
  test.each([
    ['a server admin', { ...nobody, admin: true }, 'view create edit manage', 'view create edit manage'],
    ['a leader', { ...nobody, leads: true }, 'view create edit manage', 'view create edit manage'],
    ['a maintainer', { ...nobody, role: 'maintainer' as const }, 'view create edit manage', 'view create edit manage'],
    ['a developer', { ...nobody, role: 'developer' as const }, 'view create edit', 'view create edit'],
    ['a viewer', { ...nobody, role: 'viewer' as const }, 'view', 'view'],
    ['an outsider', nobody, 'view', ''],
  ])('%s', (_who, standing, atPublic, atPrivate) => {
    const allowed = (visibility: 'public' | 'private') =>
      ACTIONS.filter((action) => may(action, { ...standing, visibility })).join(' ')
    expect([allowed('public'), allowed('private')]).toEqual([atPublic, atPrivate])
  })
})
