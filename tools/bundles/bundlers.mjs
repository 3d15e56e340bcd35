import commonjs from '@rollup/plugin-commonjs'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { build } from 'esbuild'
import { rollup } from 'rollup'

/** What a host may be bundled to. Each gives the messages of the bundler: none, if all is well. */
export const BUNDLES = [
  { name: 'esbuild, Node, ESM', runsIn: 'node', file: 'bundle.mjs', write: esbuild('node', 'esm') },
  { name: 'esbuild, Node, CJS', runsIn: 'node', file: 'bundle.cjs', write: esbuild('node', 'cjs') },
  { name: 'esbuild, browser', runsIn: 'browser', file: 'bundle.js', write: esbuild('browser', 'iife') },
  { name: 'rollup, Node, ESM', runsIn: 'node', file: 'bundle.mjs', write: byRollup(false, 'es') },
  { name: 'rollup, Node, CJS', runsIn: 'node', file: 'bundle.cjs', write: byRollup(false, 'cjs') },
  { name: 'rollup, browser', runsIn: 'browser', file: 'bundle.js', write: byRollup(true, 'iife') },
]

function esbuild(platform, format) {
  return async (entry, outfile) => {
    const { warnings } = await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      platform,
      format,
      logLevel: 'silent',
      // A bundle without `import.meta` finds no pino, and needs none.
      logOverride: { 'empty-import-meta': 'silent' },
    })
    return warnings.map(({ text }) => text)
  }
}

function byRollup(browser, format) {
  return async (entry, file) => {
    const messages = []
    const plugins = [nodeResolve({ browser, preferBuiltins: !browser }), commonjs()]
    const bundle = await rollup({ input: entry, plugins, onwarn: ({ message }) => messages.push(message) })
    await bundle.write({ file, format })
    await bundle.close()
    return messages
  }
}
