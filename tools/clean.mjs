// Deletes every dist: `tsc -b` emits despite errors, and keeps what a renamed source left behind.
import { existsSync, readdirSync, rmSync } from 'node:fs'

for (const group of ['packages', 'examples']) {
  for (const name of readdirSync(group)) {
    const dist = `${group}/${name}/dist`
    if (existsSync(dist)) rmSync(dist, { recursive: true })
  }
}
