import { readFileSync } from 'node:fs'

const { exports } = JSON.parse(readFileSync(new URL('packages/core/package.json', import.meta.url), 'utf8'))
const adapters = Object.keys(exports).filter(subpath => subpath.startsWith('./adapters/'))

const peers = { ignore: ['eventemitter3', 'pino'], gzip: true }

/** What `path` loads, less what its users have loaded before. */
const beyond = (...loaded) => ({
  ...peers,
  modifyEsbuildConfig: config => ({ ...config, external: [...(config.external ?? []), ...loaded] }),
})
const beyondCore = beyond('../default.js')
const beyondGuard = beyond('../guard/index.js')

/**
 * Alarms with room, not goals: clear code comes before bytes. Of what ships, minified and gzipped, without eventemitter3
 * and pino.
 */
export default [
  { name: 'core', path: 'packages/core/dist/index.js', limit: '5.5 kB', ...peers },
  { name: 'core/heartbeat, beyond core', path: 'packages/core/dist/heartbeat/index.js', limit: '4 kB', ...beyondCore },
  { name: 'core/guard', path: 'packages/core/dist/guard/index.js', limit: '4 kB', ...peers },
  ...adapters.map(subpath => ({
    name: `core${subpath.slice(1)}, beyond the guard`,
    path: `packages/core/dist${subpath.slice(1)}.js`,
    limit: '3 kB',
    ...beyondGuard,
  })),
]
