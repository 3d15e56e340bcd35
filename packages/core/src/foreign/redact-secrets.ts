import { KNOWN_KEY } from './known-keys.ts'

const REDACTED = '[redacted]'

// Every rule takes time linear in the length of the text: where a rule can fail, it looks only a bounded way ahead; what it
// scans without bound it consumes, or it cannot begin again inside of it. In brackets: the rule of gitleaks
// (config/gitleaks.toml) or the plugin of detect-secrets that covers the same form.

/** Up to the end of the text if the end of the block was cut off. (gitleaks: private-key) */
const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}KEY(?: BLOCK)?-----|$)/g

/** Begins only where its run of characters begins, because it can fail at the end of the run. (gitleaks: jwt) */
const JSON_WEB_TOKEN = /(?<![\w-])eyJ[\w-]{8,}(?:\.[\w-]+){1,4}/g

/** (detect-secrets: basic_auth) */
const URL_CREDENTIALS = anyOf('gi', [
  /(?<=:\/\/)[^\s/?#"'`<>@:[\]]{0,256}:[^\s/?#"'`<>@][^\s/?#"'`<>]{0,256}@/,
  // An unescaped `/` in a password makes the URL invalid, and so brings it into an error text; a port is not a password.
  /(?<=:\/\/)[^\s/?#"'`<>@:[\]]{0,256}:(?!\d+[/?#])[^\s"'`<>]{1,256}@/,
  // A user name without a password is a token.
  /(?<=https?:\/\/)[^\s/?#"'`<>@:[\]]{1,256}@/,
])

/** Addresses that are themselves the secret. (gitleaks: slack-webhook-url) */
const WEBHOOK =
  /(hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/webhooks\/\d{1,24}\/)[\w/-]{8,}/gi

/** (gitleaks: curl-auth-header, for any client) */
const AUTHORIZATION =
  /(authorization\\*["']?\s{0,3}[:=]\s{0,3}(\\*["'])?)((?:Bearer|Basic|Token|Digest|Negotiate|NTLM|OAuth|DPoP|Api-?Key|AWS4-HMAC-SHA256)\s{1,3})?([^\s"'`,;<>\\]{6,})/gi
const SCHEME = /\b((?:Bearer|Basic)\s{1,3})([\w.~+/=-]{6,})/gi
const COOKIE = /((?:set-)?cookie:\s{0,3})[^\s=:;,"']{1,128}=[^\s;,"']*(?:; ?[^\s=:;,"']{1,128}=[^\s;,"']*)*/gi

/** The endings of keys whose values are secrets. (detect-secrets: keyword, without what ordinary texts use too) */
const KEY = anyOf('', [
  /passw(?:or)?d|passphrase|[_-](?:pass|pwd)|secret|token|_auth/,
  /(?:api|app|access|account|auth|client|encryption|master|private|secret|service|shared|signing|subscription)[ _-]?key/,
]).source
/** Keys that mean a secret only in a query string or a connection string. */
const PARAMETER = /(?<=[?&;])(?:auth|jwt|key|pass|pwd|sid|sig|signature)/.source
/** Whatever closes the key's own quotes or brackets. */
const CLOSING = /\\*["']?\]?\s{0,3}/.source

/** JSON (also as a string within JSON), YAML, code. Up to the end of the text if the closing quote was cut off. */
const QUOTED = new RegExp(
  `(${KEY}${CLOSING}(?:=>|:=|=|:)\\s{0,3})(?:${[
    /(")([^"\\]*(?:\\[\s\S][^"\\]*)*)"?/,
    /(')([^'\\]*(?:\\[\s\S][^'\\]*)*)'?/,
    /(?<opening>\\+["'])([\s\S]*?)(?:(?<!\\)\k<opening>|$)/,
  ]
    .map(({ source }) => source)
    .join('|')})`,
  'gi',
)
/** `token=undefined` says what is wrong, and is not a secret. */
const NO_SECRET = /(?!\[redacted\]|(?:null|undefined|none|nil|true|false)(?!\w))/.source
const ASSIGNED = new RegExp(
  `((?:${KEY}|${PARAMETER})${CLOSING}(?:=>|:=|=)\\s{0,3})${NO_SECRET}(${/[^\s&;"'`<>=\\][^\s&;"'`<>\\]*/.source})`,
  'gi',
)
/** A colon is followed by prose as often as by a value: only what has a digit in it counts as a value. */
const DECLARED = new RegExp(
  `(${KEY}(?: provided)?\\\\*["']?:\\s{0,3})${NO_SECRET}(${/(?=[^\s&;"'`<>=:]{0,64}\d)[^\s&;"'`<>=:/(.[\\][^\s&;"'`<>=:\\]{7,}/.source})`,
  'gi',
)
const COMMAND_LINE_FLAG = new RegExp(`(--[\\w-]{0,30}${KEY}\\s{1,3})(${/[^\s"'`<>-][^\s"'`<>]{5,}/.source})`, 'gi')

function anyOf(flags: string, rules: readonly RegExp[]): RegExp {
  return new RegExp(`(?:${rules.map(({ source }) => source).join('|')})`, flags)
}

/** Tells a credential from a word of prose. */
const looksRandom = (text: string): boolean => /\d|[a-z][A-Z].*[a-z][A-Z]|[A-Za-z]{16}|\.[\w-]+\./.test(text)

/** The punctuation at the end of a value, which belongs to the sentence around it. */
function punctuation(value: string): string {
  let end = value.length
  while (end > 0 && ',.)]}'.includes(value[end - 1]!)) end--
  return value.slice(end)
}

/**
 * Takes secrets out of a text that is about to be shown: bearer tokens and Authorization values, keys of the well-known
 * formats, private key blocks, JSON Web Tokens, the value of `password=`, `token=`, `api_key=`, `secret=` and their like
 * (key=value, JSON, query string), credentials in URLs. Each becomes `[redacted]`. Never changes an ordinary text, never
 * throws; applying it again changes nothing. It knows forms, not your secrets: a bare password in prose stays.
 *
 * @param text any text; the time taken is linear in its length
 * @returns the text without its secrets
 */
export function redactSecrets(text: string): string {
  if (typeof text !== 'string') return ''
  try {
    return text
      .replace(PRIVATE_KEY, REDACTED)
      .replace(URL_CREDENTIALS, `${REDACTED}@`)
      .replace(WEBHOOK, `$1${REDACTED}`)
      .replace(AUTHORIZATION, (all, head, quote, scheme, value) =>
        quote || scheme || looksRandom(value) ? `${head}${scheme ?? ''}${REDACTED}` : all,
      )
      .replace(SCHEME, (all, head, value) => (looksRandom(value) ? head + REDACTED + punctuation(value) : all))
      .replace(COOKIE, `$1${REDACTED}`)
      .replace(KNOWN_KEY, REDACTED)
      .replace(JSON_WEB_TOKEN, REDACTED)
      .replace(QUOTED, (all, head, double, inDouble, single, inSingle, escaped, inEscaped) => {
        const quote = double ?? single ?? escaped
        // `unexpected token: "}"` is about syntax.
        return (inDouble ?? inSingle ?? inEscaped).length < 3 ? all : head + quote + REDACTED + quote
      })
      .replace(ASSIGNED, (all, head, value) => {
        const rest = punctuation(value)
        return rest === value ? all : head + REDACTED + rest
      })
      .replace(DECLARED, (_, head, value) => head + REDACTED + punctuation(value))
      .replace(COMMAND_LINE_FLAG, (all, head, value) => (looksRandom(value) ? head + REDACTED : all))
  } catch {
    // The regex engine has limits of its own, for texts of many megabytes: better no text than a raw one.
    return REDACTED
  }
}
