import { assertSignal, isAborted, onAbort } from '../foreign/abort-signal.ts'
import { reserveStack } from '../foreign/exhausted-stack.ts'
import { assertFunction, inputError } from '../foreign/input-error.ts'
import type { Unsubscribe, WedgeChangeListenOptions } from '../types.ts'
import type { Channel, EventName } from './channel.ts'
import type { EventQueue, Listener, Subscriber } from './queue.ts'

export interface SubscriptionSource {
  readonly queue: EventQueue
  readonly channel: Channel
  /** The events that a new listener of `change` gets first, if it asks for them. */
  readonly initial: () => Iterable<object>
  /** Called when the subscription ends, however it ends. Must not throw. */
  readonly onEnd?: (() => void) | undefined
}

/**
 * @throws TypeError for an event that the channel does not have, a listener that is not a function, or a signal that is not
 * an AbortSignal
 */
export function subscribe(
  { queue, channel, initial, onEnd }: SubscriptionSource,
  name: EventName,
  listener: Listener,
  options: WedgeChangeListenOptions | undefined,
): Unsubscribe {
  // Foreign code: read once.
  const { signal, once = false, initial: wantsInitial } = options ?? {}
  if (!channel.names.includes(name)) {
    const names = channel.names.map(each => `"${each}"`).join(', ')
    throw inputError('on(event)', `one of ${names}`, name, 'Pass one of these names.')
  }
  assertFunction('on(event, listener)', listener, 'Pass the function to be called with each event.')
  assertSignal('on(event, listener, { signal })', signal)

  const subscription = new Subscription(queue, channel, name, listener, once, signal, onEnd)
  if (wantsInitial && name === 'change' && subscription.isActive) {
    try {
      if (!queue.deliverInitial(name, initial(), subscription.receive)) subscription.end()
    } catch (exhausted) {
      // Whoever gets no way to end it must not be subscribed.
      subscription.end()
      throw exhausted
    }
  }
  const unsubscribe = (): void => subscription.end()
  // Node 20.19 has the symbol; a runtime without it may get it later, under this name.
  const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose')
  return Object.assign(unsubscribe, { [dispose]: unsubscribe })
}

const deaf = (): void => {}

class Subscription implements Subscriber {
  readonly name: EventName
  /** Replaced at the end: the channel may keep an ended subscription for a while. */
  listener: Listener
  isActive = true
  readonly #queue: EventQueue
  readonly #channel: Channel
  readonly #isOnce: boolean
  #signal: AbortSignal | undefined
  #stopWaiting: (() => void) | undefined
  #onEnd: (() => void) | undefined

  constructor(
    queue: EventQueue,
    channel: Channel,
    name: EventName,
    listener: Listener,
    isOnce: boolean,
    signal: AbortSignal | undefined,
    onEnd: (() => void) | undefined,
  ) {
    this.#queue = queue
    this.#channel = channel
    this.name = name
    this.listener = listener
    this.#isOnce = isOnce
    this.#signal = signal
    this.#onEnd = onEnd
    channel.add(name, this.receive)
    queue.subscribed(this)
    this.#stopWaiting = onAbort(signal, () => this.end())
  }

  readonly receive = (event: object | null): void => {
    // The signal is read too: its abort event may not have reached `end` yet.
    if (!this.isActive || (this.#signal && isAborted(this.#signal))) return
    const { listener } = this
    if (this.#isOnce || event === null) {
      // Ended and not told, it could not be told later.
      reserveStack()
      this.end()
    }
    if (event !== null) this.#queue.call(this, listener, event)
  }

  end(): void {
    if (!this.isActive) return
    this.isActive = false
    this.listener = deaf
    this.#queue.subscriptions--
    this.#channel.remove(this.name, this.receive)
    this.#stopWaiting?.()
    this.#onEnd?.()
    // The channel may keep what has ended for a while, and a host its way to end it: neither keeps these alive.
    this.#signal = this.#stopWaiting = this.#onEnd = undefined
  }
}
