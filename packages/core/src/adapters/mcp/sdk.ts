// The parts of `@modelcontextprotocol/sdk` 1.x that the adapter uses, as they are called.

/** One connection to a server, of any kind. */
export interface Transport {
  onclose?: (() => void) | undefined
  onerror?: ((error: Error) => void) | undefined
  onmessage?: ((message: never, extra?: never) => void) | undefined
  readonly sessionId?: unknown
  readonly stderr?: unknown
  close(): Promise<void>
}

/** The options of one request, or of `connect`. */
export interface RequestOptions {
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly resetTimeoutOnProgress?: boolean | undefined
  readonly onprogress?: ((progress: unknown) => void) | undefined
}

/** The methods of a client that are guarded. */
export interface Methods {
  connect(transport: Transport, options?: RequestOptions): Promise<void>
  request(message: { readonly method: string }, schema: unknown, options?: RequestOptions): Promise<unknown>
  close(): Promise<void>
}

/** A client, while it is connected with its transport. */
export interface Client extends Methods {
  readonly transport?: Transport | undefined
}
