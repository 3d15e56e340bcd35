import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { Refusal } from './refusal.ts'

const COOKIE = 'runtime_wedge_canvas'

/**
 * Lets requests pass that show the platform's one token. A host sends it as `Authorization: Bearer <token>`. A browser opens
 * `/?token=<token>` once, which leaves a cookie, since an `EventSource` cannot send headers. The cookie is derived from the
 * token: it survives a restart of the platform, and does not reveal the token.
 */
export function requireToken(token: string, refuse: (c: Context) => Response | Promise<Response>): MiddlewareHandler {
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
 * Lets requests pass that name the platform as it is really called: by an IP address, a loopback name or one of `names`. A
 * page of another site can point its own name at this machine (DNS rebinding); the browser then takes the platform for that
 * site, and lets its page read and post. It cannot point an IP address anywhere. Only a platform without a token needs this.
 */
export function knownHostOnly(names: readonly string[]): MiddlewareHandler {
  const known = new Set(names.map(name => plain(name)))
  return async (c, next) => {
    const name = plain(new URL(c.req.url).hostname)
    if (isIP(name) !== 0 || /^(?:.+\.)?localhost$/.test(name) || known.has(name)) return next()
    throw new Refusal(403, `requests to ${name} are refused: start the platform with --host ${name}, or with a token`)
  }
}

/**
 * Refuses posts from pages of other sites. Such a page could use the browser's cookie, or a browser that can reach a platform
 * without a token. Every browser names the origin of a post; hosts are not browsers and name none.
 */
export const sameOriginOnly: MiddlewareHandler = async (c, next) => {
  const origin = c.req.header('origin')
  if (origin !== undefined && origin !== `${new URL(c.req.url).protocol}//${c.req.header('host')}`) {
    throw new Refusal(403, `requests from ${origin} are refused: only the platform's own page may send them`)
  }
  return next()
}

/** A host name without the spellings that do not matter: upper case, a dot at the end, the brackets of IPv6. */
function plain(name: string): string {
  return name.toLowerCase().replace(/^\[|\.$|\]$/g, '')
}

function same(offered: string | undefined, expected: string): boolean {
  return offered !== undefined && timingSafeEqual(sha256(offered), sha256(expected))
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
