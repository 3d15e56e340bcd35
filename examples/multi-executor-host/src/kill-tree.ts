import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Kills a process and everything that it has started: behind a launcher such as npx, a server is a grandchild. Never throws. */
export function killTree(pid: number): void {
  for (const each of [pid, ...descendantsOf(pid)]) {
    try {
      process.kill(each, 'SIGKILL')
    } catch {
      // It was already gone.
    }
  }
}

/** The living descendants of a process. Never throws. */
export function descendantsOf(pid: number): number[] {
  const children = childrenOf(pid)
  return [...children, ...children.flatMap(descendantsOf)]
}

function childrenOf(pid: number): number[] {
  try {
    return (
      process.platform === 'linux' ? fromProc(pid) : execFileSync('pgrep', ['-P', `${pid}`], { encoding: 'utf8' })
    )
      .split(/\s+/)
      .filter(Boolean)
      .map(Number)
  } catch {
    return [] // gone, or childless
  }
}

function fromProc(pid: number): string {
  return readdirSync(`/proc/${pid}/task`)
    .map(thread => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'))
    .join(' ')
}
