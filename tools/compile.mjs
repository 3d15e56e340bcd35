/*
 * Compiles the workspace. tsc checks all of it and writes the declarations; the JavaScript of core comes from esbuild, one
 * file per public entry: Node takes half a millisecond to load each further file, and importing core may take three.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CORE = join(ROOT, 'packages/core')

const { exports } = JSON.parse(readFileSync(join(CORE, 'package.json'), 'utf8'))
/** Where each public source file is compiled to. */
const entries = new Map(
  Object.values(exports)
    .filter(entry => typeof entry === 'object')
    .map(entry => [join(CORE, entry['@runtime-wedge/source']), join(CORE, entry.default)]),
)
/** An entry imports what another entry has from that one: one registry, one guard, however many are loaded. */
const homes = new Map([...entries, [join(CORE, 'src/default.ts'), join(CORE, 'dist/index.js')]])

const otherEntries = own => ({
  name: 'other-entries',
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir }) => {
      const home = homes.get(join(resolveDir, path))
      if (home === undefined || home === own) return undefined
      const from = relative(dirname(own), home)
      return { path: from.startsWith('.') ? from : `./${from}`, external: true }
    })
  },
})

const bundle = (source, outfile) =>
  build({
    entryPoints: [source],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    packages: 'external',
    plugins: [otherEntries(outfile)],
    logLevel: 'warning',
  })

const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
const { status } = spawnSync(process.execPath, [tsc, '-b'], { cwd: ROOT, stdio: 'inherit' })
if (status !== 0) process.exit(1)
await Promise.all([...entries].map(([source, outfile]) => bundle(source, outfile)))
// Not shipped: what makes a beat is measured by itself, and what cleans its texts is fuzzed from outside.
await Promise.all(
  ['heartbeat/body', 'heartbeat/clean'].map(inner =>
    bundle(join(CORE, `src/${inner}.ts`), join(CORE, `dist/${inner}.js`)),
  ),
)
