import { WedgeRegistry } from '@runtime-wedge/core'

const registry = new WedgeRegistry()
registry.scope('claude:1').mark('gone: restart it')
console.log(registry.reason())
