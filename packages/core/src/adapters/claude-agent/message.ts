/** What is read of a message of the SDK or of the host. */
export interface ClaudeMessage {
  readonly type?: unknown
  readonly subtype?: unknown
  readonly parent_tool_use_id?: unknown
  readonly message?: { readonly content?: unknown }
  readonly error?: unknown
  readonly hook_id?: unknown
  readonly is_error?: unknown
  readonly num_turns?: unknown
  readonly result?: unknown
  readonly errors?: readonly unknown[]
  /** How many prompts wait in the queue of Claude Code: they get a result without further input. Absent in older versions. */
  readonly queued_turn_count?: number
  readonly shouldQuery?: unknown
}

/** One block of a message's content. */
export interface Block {
  readonly type?: unknown
  readonly id?: unknown
  readonly tool_use_id?: unknown
}

/** The blocks of a message's content; none if it is a text. */
export function blocksOf({ message }: ClaudeMessage): Block[] {
  const content = message?.content
  return Array.isArray(content) ? content.map(block => Object(block)) : []
}
