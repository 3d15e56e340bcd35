export { type Context, LegacyAdapter, type Result } from './adapter.ts'
export { Hermes, type HermesOptions, SomeFatalSdkError } from './hermes.ts'
