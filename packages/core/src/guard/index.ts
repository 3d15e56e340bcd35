export { redactSecrets } from '../foreign/redact-secrets.ts'
export { WedgeDeadlineError } from './deadline-error.ts'
export { createGuard } from './guard.ts'
export type {
  GuardCall,
  GuardCallOptions,
  GuardContext,
  GuardDeadlines,
  GuardedStream,
  GuardOptions,
  GuardPhase,
  GuardReasonContext,
  GuardStreamCall,
  WedgeGuard,
  WedgeVerdict,
} from './types.ts'
