import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ROOT } from '../pack.mjs'

/**
 * Copies the work tree as it is, committed or not, to a folder that is removed when this process ends. It uses the work
 * tree's installed packages, except that each of its own packages is the copy.
 *
 * @returns the folder
 */
export function cloneWorkTree() {
  const clone = realpathSync(mkdtempSync(join(tmpdir(), 'runtime-wedge-mutation-')))
  process.on('exit', () => rmSync(clone, { recursive: true, force: true }))
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: ROOT })
  const files = listed
    .toString()
    .split('\0')
    .filter(file => file && existsSync(join(ROOT, file)))
  for (const file of files) cpSync(join(ROOT, file), join(clone, file))
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'), 'dir')
  for (const folder of files.filter(file => file.endsWith('/package.json')).map(dirname)) {
    const links = join(folder, 'node_modules')
    // Links between the workspace's packages are relative, and so lead from a copy to a copy.
    if (existsSync(join(ROOT, links)))
      cpSync(join(ROOT, links), join(clone, links), { recursive: true, verbatimSymlinks: true })
  }
  return clone
}
