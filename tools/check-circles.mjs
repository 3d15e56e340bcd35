// Checks who imports whom by the rules of .dependency-cruiser.mjs, and that every source file was read.
import { readdirSync } from 'node:fs'
import { cruise, format } from 'dependency-cruiser'
import config from '../.dependency-cruiser.mjs'

const FOLDERS = ['packages/core/src', 'packages/testing/src']
const { options, forbidden } = config
const { output } = await cruise(FOLDERS, { ...options, ruleSet: { forbidden }, validate: true })
const report = await format(output, { outputType: 'err' })
console.log(report.output.trim())

// Without a TypeScript that it knows, dependency-cruiser reads no .ts file, and finds nothing wrong.
const read = new Set(output.modules.map(({ source }) => source))
const unread = FOLDERS.flatMap(folder =>
  readdirSync(folder, { recursive: true })
    .map(file => `${folder}/${file}`)
    .filter(file => file.endsWith('.ts') && !read.has(file)),
)
for (const file of unread) console.log(`${file} was not read`)
process.exitCode = report.exitCode > 0 || unread.length > 0 ? 1 : 0
