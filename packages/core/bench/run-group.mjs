import { runCases } from './harness.mjs'

// The child of `runGroup`: one group, its result as JSON on stdout.
const [name, settings] = process.argv.slice(2)
const { default: group } = await import(`./${name}.mjs`)
process.stdout.write(JSON.stringify(await runCases(group(JSON.parse(settings)), JSON.parse(settings))))
