import { parseArgs } from 'node:util'
import { startPlatform } from './server.ts'

const usage = `Usage: node main.js [--port 8787] [--hostname 127.0.0.1] [--host NAME]... [--offline-after-ms 60000] [--restart-limit-ms 30000]
  --hostname      the address to listen on
  --host          a name by which it is reached, beside localhost and IP addresses; needed only without a token
PLATFORM_TOKEN in the environment: the token that hosts and pages must show. Without it none is needed.`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      hostname: { type: 'string' },
      host: { type: 'string', multiple: true },
      'offline-after-ms': { type: 'string' },
      'restart-limit-ms': { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    console.log(usage)
    return
  }
  const token = process.env.PLATFORM_TOKEN || undefined
  const platform = await startPlatform({
    port: number(values.port),
    hostname: values.hostname,
    host: values.host,
    token,
    offlineAfterMs: number(values['offline-after-ms']),
    restartLimitMs: number(values['restart-limit-ms']),
  })
  console.log(`platform listening on ${platform.url}`)
  if (token === undefined && !/\/\/(127\.|\[::1\])/.test(platform.url)) {
    console.error('No token is set: everyone who can reach this address can restart executors. Set PLATFORM_TOKEN.')
  }
  const end = () => void platform.close().then(() => process.exit())
  process.once('SIGINT', end).once('SIGTERM', end).once('disconnect', end)
}

function number(flag: string | undefined): number | undefined {
  return flag === undefined ? undefined : Number(flag)
}

main().catch((error: Error) => {
  console.error(`${error.message}\n\n${usage}`)
  process.exitCode = 1
})
