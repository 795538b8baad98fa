import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Debian's servers are here, and only root has it on the PATH. */
const SYSTEM = '/usr/sbin'

/** Where this machine has a program; undefined if it has none. */
export const pathOf = (program: string): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), SYSTEM].map((folder) => join(folder, program)).find(isExecutable)

export const isOnPath = (program: string): boolean => pathOf(program) !== undefined

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
