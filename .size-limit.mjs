const peers = { ignore: ['eventemitter3', 'pino'], gzip: true }

/** Sizes are of what ships, minified and gzipped, without eventemitter3 and pino. The README's numbers are these limits. */
export default [
  { name: 'core', path: 'packages/core/dist/index.js', limit: '4 kB', ...peers },
  {
    name: 'core/heartbeat, beyond core',
    path: 'packages/core/dist/heartbeat/index.js',
    limit: '3 kB',
    ...peers,
    modifyEsbuildConfig: config => ({ ...config, external: [...(config.external ?? []), '../default.js'] }),
  },
  { name: 'core/guard', path: 'packages/core/dist/guard/index.js', limit: '3 kB', ...peers },
  { name: 'core/adapters/mcp, guard included', path: 'packages/core/dist/adapters/mcp.js', limit: '5 kB', ...peers },
  {
    name: 'core/adapters/claude-agent, guard included',
    path: 'packages/core/dist/adapters/claude-agent.js',
    limit: '5 kB',
    ...peers,
  },
]
