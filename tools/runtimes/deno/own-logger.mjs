import { WedgeRegistry } from '@runtime-wedge/core'

const lines = []
const log = (_fields, message) => lines.push(message)
const registry = new WedgeRegistry({ logger: { error: log, warn: log, info: log } })
registry.scope('claude:1').mark('gone: restart it')
console.log(registry.reason(), lines.length)
