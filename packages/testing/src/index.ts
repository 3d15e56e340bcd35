export { createTestRegistry, type TestClock, type TestRegistry, type TestRegistryOptions } from './clock.ts'
export {
  type ChangeRecord,
  type ChangeSource,
  captureLogs,
  type LogCapture,
  type LogLine,
  recordChanges,
} from './recorder.ts'
export { autoReset, type ResettableRegistry, resetForTest, type TestHooks } from './reset.ts'
