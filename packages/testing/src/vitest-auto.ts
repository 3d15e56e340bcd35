/** For `setupFiles`: resets the default registry before and after each test. */
import { afterEach, beforeEach } from 'vitest'
import { autoReset } from './reset.ts'

autoReset({ beforeEach, afterEach })
