import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'

const COOKIE = 'runtime_wedge_canvas'

/**
 * Lets through who shows the platform's one token: hosts as `Authorization: Bearer <token>`, a browser by opening
 * `/?token=<token>` once, which leaves a cookie, for an `EventSource` can send no header. The cookie is derived from the
 * token, so it outlives a restart of the platform and does not give the token away. Without a token everyone may pass.
 */
export function requireToken(
  token: string | undefined,
  refuse: (c: Context) => Response | Promise<Response>,
): MiddlewareHandler {
  if (token === undefined) return (_c, next) => next()
  const pass = createHmac('sha256', token).update(COOKIE).digest('base64url')
  return async (c, next) => {
    const bearer = c.req.header('authorization')?.match(/^Bearer +(.+)$/i)?.[1]
    const offered = c.req.path === '/' ? c.req.query('token') : undefined
    if (offered !== undefined && same(offered, token)) {
      setCookie(c, COOKIE, pass, { httpOnly: true, sameSite: 'Strict', path: '/' })
    } else if (!same(bearer, token) && !same(getCookie(c, COOKIE), pass)) {
      return refuse(c)
    }
    return next()
  }
}

/**
 * Refuses a page of another site that posts here with the browser's cookie, or from a browser that can reach an open
 * platform. Every browser names the origin of such a request; hosts, which are no browsers, send none.
 */
export const sameOriginOnly: MiddlewareHandler = async (c, next) => {
  const origin = c.req.header('origin')
  if (origin !== undefined && origin !== `${new URL(c.req.url).protocol}//${c.req.header('host')}`) {
    return c.json({ error: `requests from ${origin} are refused: only the platform's own page may send them` }, 403)
  }
  return next()
}

function same(offered: string | undefined, expected: string): boolean {
  return offered !== undefined && timingSafeEqual(sha256(offered), sha256(expected))
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
