/**
 * @typedef {import('../src/views.ts').WorkspaceView} WorkspaceView
 * @typedef {import('../src/store.ts').PlatformEvent} PlatformEvent
 * @typedef {import('../src/views.ts').Snapshot} Snapshot
 */

const EVENT_TYPES = [
  'WORKSPACE_DEGRADED',
  'WORKSPACE_ONLINE',
  'WORKSPACE_OFFLINE',
  'RESTART_SENT',
  'RESTART_UNDELIVERED',
  'RESTART_CLEARED',
  'RESTART_STILL_WEDGED',
]

/**
 * Listens to the platform for as long as the page is open. Calls `onLost` when a connection is opened, broken or silent;
 * every connection begins with a snapshot.
 *
 * @param {{
 *   onSnapshot: (snapshot: Snapshot) => void,
 *   onWorkspace: (workspace: WorkspaceView) => void,
 *   onHeard: (beat: Pick<WorkspaceView, 'workspace_id' | 'last_heartbeat' | 'uptime_seconds'>) => void,
 *   onForgotten: (workspace: Pick<WorkspaceView, 'workspace_id'>) => void,
 *   onEvent: (event: PlatformEvent) => void,
 *   onLost: () => void,
 * }} handlers
 */
export function listen({ onSnapshot, onWorkspace, onHeard, onForgotten, onEvent, onLost }) {
  let pingMs = 10_000
  let lastMessage = Date.now()
  /** @type {EventSource} */
  let source
  connect()
  setInterval(() => {
    if (Date.now() - lastMessage > 2.5 * pingMs) connect()
  }, 1_000)

  function connect() {
    source?.close()
    lastMessage = Date.now()
    source = new EventSource('events')
    on('snapshot', onSnapshot)
    on('workspace', onWorkspace)
    on('heard', onHeard)
    on('forgotten', onForgotten)
    on('ping', ping => {
      pingMs = ping.ping_ms
    })
    for (const type of EVENT_TYPES) on(type, onEvent)
    source.onerror = () => {
      onLost()
      if (source.readyState === EventSource.CLOSED) refused()
    }
    onLost()
  }

  /** @param {string} type @param {(data: any) => void} handle */
  function on(type, handle) {
    source.addEventListener(type, event => {
      lastMessage = Date.now()
      handle(JSON.parse(event.data))
    })
  }

  /** The browser has given up: the platform is away, or needs its token, for which a reload asks. */
  async function refused() {
    const answer = await fetch('workspaces', { method: 'HEAD' }).catch(() => null)
    if (answer?.status === 401) location.reload()
    else setTimeout(connect, 1_000)
  }
}
