import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '../../../../docs')
/** The pages of the documentation that stand beside the reference, by their names there. */
const GUIDES = {
  'The first key': 'first-key.md',
  'Create once': 'create-once.md',
  'Rotate a key': 'rotation.md',
  'How verification works': 'verification.md',
  'Behind a gateway': 'gateways.md',
}
/** The address of the API in these pages, which the reader's own replaces. */
const EXAMPLE_URL = 'http://127.0.0.1:61016'

/** The guides, in Markdown. */
export const readGuides = (): { name: string; description: string }[] =>
  Object.entries(GUIDES).map(([name, file]) => ({ name, description: readGuide(file) }))

const readGuide = (file: string): string =>
  withoutLocalLinks(readFileSync(join(FOLDER, file), 'utf8'))
    .replace(/^# .*\n/, '')
    .replaceAll(`curl ${EXAMPLE_URL}`, 'curl API_URL')
    .trim()

/** Leaves the words of a link to another file, because the page cannot reach it. */
const withoutLocalLinks = (text: string) => text.replace(/\[([^\]]+)\]\((?!https?:)[^)]*\)/g, '$1')
