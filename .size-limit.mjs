import { readFileSync } from 'node:fs'

const { exports } = JSON.parse(readFileSync(new URL('packages/core/package.json', import.meta.url), 'utf8'))
const adapters = Object.keys(exports).filter(subpath => subpath.startsWith('./adapters/'))

const peers = { ignore: ['eventemitter3', 'pino'], gzip: true }

/** What `path` loads, less what its users have loaded before. */
const beyond = (...loaded) => ({
  ...peers,
  modifyEsbuildConfig: config => ({ ...config, external: [...(config.external ?? []), ...loaded] }),
})
const beyondCore = beyond('../index.js')
const beyondGuard = beyond('../guard/index.js')

/**
 * Alarms with room, not goals: clear code comes before bytes. Of what ships, minified and gzipped, without eventemitter3
 * and pino. `redactSecrets` takes 1.8 kB of the guard and of the heartbeat.
 */
export default [
  { name: 'core', path: 'packages/core/dist/index.js', limit: '9 kB', ...peers },
  {
    name: 'core/heartbeat, beyond core',
    path: 'packages/core/dist/heartbeat/index.js',
    limit: '7.5 kB',
    ...beyondCore,
  },
  { name: 'core/guard', path: 'packages/core/dist/guard/index.js', limit: '6.5 kB', ...peers },
  ...adapters.map(subpath => ({
    name: `core${subpath.slice(1)}, beyond the guard`,
    path: `packages/core/dist${subpath.slice(1)}.js`,
    // Claude's sessions have turns, queues and requests of their own to follow.
    limit: subpath === './adapters/claude-agent' ? '5 kB' : '3 kB',
    ...beyondGuard,
  })),
]
