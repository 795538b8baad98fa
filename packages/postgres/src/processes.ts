import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The command line of a process, as words; null if the process is gone or a zombie. On Windows always null. */
export function commandOf(pid: number): string[] | null {
  if (process.platform === 'linux') {
    const words = read(`/proc/${pid}/cmdline`)?.split('\0').filter(Boolean) ?? []
    return words.length > 0 ? words : null
  }
  const words = ps(pid, 'args')?.split(/\s+/)
  return words && words[0] !== '<defunct>' ? words : null
}

/** The pid of a process's parent; null if the process is gone. On Windows always null. */
export function parentOf(pid: number): number | null {
  // The second field of /proc/…/stat is the program's name in parentheses, which may contain spaces.
  const parent =
    process.platform === 'linux'
      ? read(`/proc/${pid}/stat`)
          ?.replace(/^.*\) /s, '')
          .split(' ')[1]
      : ps(pid, 'ppid')
  return parent ? Number(parent) : null
}

function read(path: string) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function ps(pid: number, column: 'args' | 'ppid') {
  if (process.platform === 'win32') return null
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore']
    return (
      execFileSync('ps', ['-ww', '-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8', stdio }).trim() || null
    )
  } catch {
    return null
  }
}
