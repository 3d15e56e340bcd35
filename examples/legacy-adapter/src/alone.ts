// One adapter in a process: it has one flag, as with the original module.
import { isWedged, wedgeReason } from '@runtime-wedge/core'
import { LegacyAdapter } from './adapter.ts'
import { Hermes } from './hermes.ts'

const show = (what: string): void => console.log(`${what}: ${isWedged() ? `wedged, ${wedgeReason()}` : 'healthy'}`)

const hermes = new Hermes({ silentAfter: 1, initTimeoutMs: 2_000 })
const adapter = new LegacyAdapter(hermes)
console.log((await adapter.execute({ prompt: 'hello' })).answer)
show('after an answer')

await adapter.execute({ prompt: 'are you there?' }).catch((error: Error) => console.log(error.message))
show('after a fatal error')

hermes.close()
const restarted = new Hermes()
await new LegacyAdapter(restarted).execute({ prompt: 'hello again' })
show('after a restart and an answer')
restarted.close()
