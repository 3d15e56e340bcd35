import { defaultRegistry, WedgeRegistry, type WedgeRegistryLike } from '@runtime-wedge/core'
import {
  autoReset,
  type ChangeRecord,
  type ChangeSource,
  captureLogs,
  createTestRegistry,
  type LogCapture,
  type LogLine,
  type ResettableRegistry,
  recordChanges,
  resetForTest,
  type TestClock,
  type TestHooks,
  type TestRegistry,
  type TestRegistryOptions,
} from '@runtime-wedge/testing'

const options: TestRegistryOptions = { start: 1_000 }
const { registry, clock, lines }: TestRegistry<'a' | 'b'> = createTestRegistry<'a' | 'b'>(options)
const time: TestClock = clock
time.advance(time.now())
const line: LogLine | undefined = lines[0]
export const told: string | undefined = line && `${line.level} ${line.message} ${String(line.fields.scope)}`

const resettable: ResettableRegistry = new WedgeRegistry<'a'>()
resetForTest()
resetForTest(resettable)
resetForTest(registry)

const capture: LogCapture = captureLogs(registry)
captureLogs(defaultRegistry<'a'>()).restore()
export const captured: readonly LogLine[] = capture.lines
capture.restore()

const source: ChangeSource<'a' | 'b' | 'default'> = registry
const record: ChangeRecord<'a' | 'b' | 'default'> = recordChanges(source)
export const recorded: ('a' | 'b' | 'default')[] = recordChanges(registry).events.map(({ scope }) => scope)
export const flags: boolean[] = record.aggregates.map(({ current }) => current.wedged)
record.stop()

const hooks: TestHooks = { beforeEach: hook => hook(), afterEach: hook => hook() }
autoReset(hooks)

/** What another copy of core gives: its class is not this one's, its interface is. */
export function ofAnotherCopy(other: WedgeRegistryLike<'a' | 'b'>): ('a' | 'b' | 'default')[] {
  captureLogs(other)
  resetForTest(other)
  return recordChanges(other).events.map(({ scope }) => scope)
}
