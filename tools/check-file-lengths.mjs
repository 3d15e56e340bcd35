// A source file holds one concept: none of the packages' is longer than this.
import { readdirSync, readFileSync } from 'node:fs'

const LIMIT = 250

const files = readdirSync('packages').flatMap(name =>
  readdirSync(`packages/${name}/src`, { recursive: true })
    .filter(file => file.endsWith('.ts'))
    .map(file => `packages/${name}/src/${file}`),
)
const lengths = files.map(file => ({ file, lines: readFileSync(file, 'utf8').trimEnd().split('\n').length }))
const tooLong = lengths.filter(({ lines }) => lines > LIMIT)
for (const { file, lines } of tooLong) console.log(`${file} has ${lines} lines: split it by concept.`)

const median = lengths.map(({ lines }) => lines).sort((a, b) => a - b)[Math.floor(lengths.length / 2)]
console.log(
  `${tooLong.length} of ${files.length} source files have more than ${LIMIT} lines; the median has ${median}.`,
)
process.exitCode = tooLong.length > 0 ? 1 : 0
