import type { Heard } from './verdict.ts'

interface Common {
  /** How many turns have begun after the one that the session began with. */
  readonly turns: number
  readonly heard: Heard
}

/** No result is owed: before the first prompt, and between two turns. */
interface Idle extends Common {
  readonly is: 'idle'
}

/** It is Claude Code's turn to speak. */
interface Answering extends Common {
  readonly is: 'answering'
  /** Results still to come, this turn's included; `Infinity` while the prompts are not seen: the whole query is one turn. */
  readonly owed: number
  /** The code of the API's error that came in place of the model's last message. */
  readonly apiError?: unknown
}

/** Someone other than Claude Code is awaited: a tool, a hook, or the host. */
interface Held {
  readonly is: 'held'
  readonly by: ReadonlySet<unknown>
  /** What goes on behind them; it is the state again once the last of them has ended. */
  readonly behind: Idle | Answering
}

/** The host has ended it, or another adapter has taken over: nothing that happens is judged any longer. */
interface Over {
  readonly is: 'over'
}

/** What a session is doing: always exactly one of these, replaced whole. */
export type SessionState = Idle | Answering | Held | Over

/** A process has been started; its prompts are not seen, or not seen yet. */
export const STARTED: SessionState = { is: 'answering', turns: 0, heard: 'nothing', owed: Infinity }

/** The end of every session. */
export const OVER: SessionState = { is: 'over' }

/** What goes on, even if something holds it up; `undefined` once the session is over. */
export function underlying(state: SessionState): Idle | Answering | undefined {
  if (state.is === 'over') return undefined
  return state.is === 'held' ? state.behind : state
}

/**
 * From here on the prompts are seen.
 *
 * @param owed 1 if the only prompt is there already, 0 if the first is still to come
 */
export function seePrompts(state: SessionState, owed: 0 | 1): SessionState {
  return change(state, ({ turns, heard }) =>
    owed > 0 ? { is: 'answering', turns, heard, owed } : { is: 'idle', turns, heard },
  )
}

/** The SDK has taken a prompt: it begins a turn, or waits behind the current one. */
export function promptTaken(state: SessionState): SessionState {
  return change(state, under => (under.is === 'idle' ? beginTurn(under, 1) : { ...under, owed: under.owed + 1 }))
}

/** Any message has come. */
export function heardMessage(state: SessionState): SessionState {
  return change(state, under => (under.heard === 'nothing' ? { ...under, heard: 'messages' } : under))
}

/** The model has spoken. Without a prompt this begins a turn of its own: a background task has ended. */
export function modelSpoke(state: SessionState, apiError: unknown): SessionState {
  return change(state, under =>
    under.is === 'idle' ? { ...under, is: 'answering', owed: 1, apiError } : { ...under, apiError },
  )
}

/**
 * A turn has its result. No later turn waits for what was still open.
 *
 * @param queued how many more results are to come; older versions of Claude Code do not tell
 */
export function turnAnswered(state: SessionState, queued: number | undefined): SessionState {
  const under = underlying(state)
  if (!under) return state
  const { turns } = under
  if (under.is === 'answering') {
    if (under.owed === Infinity) return { is: 'answering', turns, heard: 'result', owed: Infinity }
    const owed = queued ?? under.owed - 1
    if (owed > 0) return beginTurn(under, owed)
  }
  return { is: 'idle', turns, heard: 'result' }
}

/** The messages have ended without the result of their turn: for the guard, this is a turn that ended without a message. */
export function endedUnanswered(state: SessionState): SessionState {
  return change(state, under => (under.heard === 'messages' ? { ...under, turns: under.turns + 1 } : under))
}

/** Someone else is awaited. @param key a tool, a hook or a request to the host that begins */
export function hold(state: SessionState, key: unknown): SessionState {
  if (state.is === 'over') return state
  if (state.is === 'held') return { ...state, by: new Set([...state.by, key]) }
  return { is: 'held', by: new Set([key]), behind: state }
}

/** Someone is no longer awaited. @param key what ends; it need not be open */
export function release(state: SessionState, key: unknown): SessionState {
  if (state.is !== 'held') return state
  const by = new Set(state.by)
  by.delete(key)
  return by.size > 0 ? { ...state, by } : state.behind
}

/** What was heard before is not the result of this turn. */
function beginTurn({ turns, heard }: Common, owed: number): Answering {
  return { is: 'answering', turns: turns + 1, heard: heard === 'nothing' ? 'nothing' : 'messages', owed }
}

function change(state: SessionState, to: (under: Idle | Answering) => Idle | Answering): SessionState {
  if (state.is === 'over') return state
  return state.is === 'held' ? { ...state, behind: to(state.behind) } : to(state)
}
