import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { compress } from 'hono/compress'
import { html } from 'hono/html'
import { secureHeaders } from 'hono/secure-headers'
import { knownHostOnly, requireToken, sameOriginOnly } from './access.ts'
import { parseHeartbeat, parseRestart } from './body.ts'
import type { EventStream } from './event-stream.ts'
import type { Page } from './page.ts'
import { Refusal } from './refusal.ts'
import type { Workspaces } from './workspaces.ts'

export interface AppParts {
  readonly workspaces: Workspaces
  readonly page: Page
  readonly token: string | undefined
  /** The names that a platform without a token answers to, beside IP addresses and loopback names. */
  readonly names: readonly string[]
  /** Events for the pages; the topic is always `""`. */
  readonly events: EventStream
  /** Commands for the hosts; the topic is the id of the workspace. */
  readonly commands: EventStream
}

type Env = { Bindings: HttpBindings }

const MAX_BODY_BYTES = 65_536

/** Makes the platform's routes. */
export function createApp({ workspaces, page, token, names, events, commands }: AppParts): Hono<Env> {
  const app = new Hono<Env>()
  app.use(securityHeaders(page))
  if (token === undefined) app.use(knownHostOnly(names))
  else app.use(requireToken(token, askForToken))
  app.post('*', sameOriginOnly)
  app.post(
    '*',
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: c => c.json({ error: `the body is larger than ${MAX_BODY_BYTES} bytes` }, 413),
    }),
  )

  app.get('/', compress(), c => {
    c.header('cache-control', 'no-cache')
    return c.html(page.html)
  })

  app.post('/registry/heartbeat', async c => {
    const { heartbeat, dropped } = parseHeartbeat(await readJson(c))
    workspaces.heartbeat(heartbeat)
    if (dropped.length === 0) return c.json({ status: 'ok' })
    return c.json({ status: 'ok', dropped, error: `accepted, but not in full: ${dropped.join('; ')}` })
  })

  app.get('/workspaces', c => c.json({ workspaces: workspaces.views() }))

  app.get('/events', c => {
    const last = c.req.header('last-event-id')
    const missed = last === undefined ? [] : workspaces.eventsAfter(last)
    return events.subscribe(
      '',
      [
        ...missed.map(event => ({ event: event.type, id: event.id, data: event })),
        { event: 'snapshot', id: workspaces.lastEventId, data: workspaces.snapshot() },
      ],
      hangUp(c),
    )
  })

  app.post('/workspaces/:id/restart', async c => {
    const id = c.req.param('id')
    const { scope } = parseRestart(await readJson(c))
    const restart = workspaces.restart(id, scope)
    if (restart === undefined) return c.json({ error: `no workspace ${JSON.stringify(id)} has sent a heartbeat` }, 404)
    if (restart.outcome !== 'no_host') return c.json(restart, 202)
    return c.json({ ...restart, error: `no host listens on /workspaces/${encodeURIComponent(id)}/commands` }, 409)
  })

  app.get('/workspaces/:id/commands', c => {
    const workspace_id = c.req.param('id')
    return commands.subscribe(workspace_id, [{ event: 'listening', data: { workspace_id } }], hangUp(c))
  })

  app.notFound(c => c.json({ error: `there is no ${c.req.method} ${c.req.path}` }, 404))
  app.onError((error, c) => {
    if (error instanceof Refusal) return c.json({ error: error.message }, error.status)
    console.error(error)
    return c.json({ error: 'the platform failed' }, 500)
  })
  return app
}

function securityHeaders({ scriptHash, styleHash }: Page): MiddlewareHandler {
  return secureHeaders({
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: [scriptHash],
      styleSrc: [styleHash],
      connectSrc: ["'self'"],
      imgSrc: ['data:'],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
      requireTrustedTypesFor: ["'script'"],
      trustedTypes: ["'none'"],
    },
  })
}

function hangUp(c: Context<Env>): () => void {
  return () => c.env.outgoing.destroy()
}

async function readJson(c: Context): Promise<unknown> {
  const text = await c.req.text()
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Refusal(400, `the body is not JSON: ${(error as Error).message}`)
  }
}

function askForToken(c: Context): Response | Promise<Response> {
  c.header('www-authenticate', 'Bearer')
  const error = 'this platform needs its token: send it as Authorization: Bearer <token>'
  if (c.req.path !== '/') return c.json({ error }, 401)
  return c.html(
    html`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>Token needed</title><form><p><label>This canvas needs the platform's token. <input name="token" type="password" autocomplete="current-password" required></label> <button>Open</button></form></html>`,
    401,
  )
}
