import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { FULL, GROUPS, runGroup } from './harness.mjs'
import { isMet, toMarkdown } from './report.mjs'

// pnpm bench [--json | --write] [group ...]: --write puts the tables into docs/performance.md.
const flags = process.argv.slice(2).filter(arg => arg.startsWith('--'))
const names = process.argv.slice(2).filter(arg => !arg.startsWith('--'))
const unknown = [
  ...flags.filter(flag => !['--json', '--write'].includes(flag)),
  ...names.filter(name => !GROUPS.includes(name)),
]
if (unknown.length > 0) {
  console.error(`bench takes --json or --write, and any of the groups ${GROUPS.join(', ')}; got ${unknown.join(', ')}.`)
  process.exit(2)
}

const groups = []
for (const name of names.length > 0 ? names : GROUPS) {
  process.stderr.write(`${name} ...\n`)
  groups.push(await runGroup(name, FULL))
}
const day = new Date().toISOString().slice(0, 10)
const machine = `Node ${process.version}, ${cpus().length} x ${cpus()[0].model.trim()}, ${process.platform} ${process.arch}, ${day}.`
const result = { machine, groups }

if (flags.includes('--json')) console.log(JSON.stringify(result, null, 2))
else console.log(toMarkdown(result))
if (flags.includes('--write')) await writeTables(toMarkdown(result))

const missed = groups.flatMap(({ bars }) => bars).filter(bar => !isMet(bar))
console.error(missed.length === 0 ? 'every bar is met' : `not met: ${missed.map(({ id }) => id).join(', ')}`)

async function writeTables(tables) {
  const file = new URL('../../../docs/performance.md', import.meta.url)
  const text = await readFile(file, 'utf8')
  const filled = text.replace(
    /(<!-- bench -->\n)[\s\S]*(\n<!-- \/bench -->)/,
    (_, before, after) => `${before}\n${tables}${after}`,
  )
  await writeFile(file, filled)
}
