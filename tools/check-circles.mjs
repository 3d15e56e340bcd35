// Checks who imports whom, by the rules of .dependency-cruiser.mjs.
import { allExtensions, cruise } from 'dependency-cruiser'
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'

// Without a TypeScript that it knows, dependency-cruiser reads no .ts file, and finds nothing wrong.
if (!allExtensions.some(({ extension, available }) => extension === '.ts' && available)) {
  throw new Error('dependency-cruiser has no TypeScript: give it one in packageExtensions of pnpm-workspace.yaml')
}
const options = { ...(await extractOptions('./.dependency-cruiser.mjs')), validate: true, outputType: 'err' }
const { output, exitCode } = await cruise(['packages/core/src', 'packages/testing/src'], options)
console.log(output.trim())
process.exitCode = exitCode > 0 ? 1 : 0
