const REDACTED = '[redacted]'

// Every rule takes time linear in the text: where one can fail it looks ahead a bounded way, and what it scans without
// bound it consumes, or cannot begin again inside of it.

/** Words that, at the end of a key, say that its value is a secret. The list of detect-secrets (plugins/keyword.py), less what ordinary texts use too. */
const SECRET_KEY =
  '(?:passw(?:or)?d|passphrase|[_-]pass|secret|token|credentials?|_auth|(?:api|app|access|account|auth|client|encryption|master|private|secret|service|shared|signing|subscription)[ _-]?key)'

/** To the end of the text where the end of the block was cut off. gitleaks: private-key. */
const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}KEY(?: BLOCK)?-----|$)/g

/**
 * User name and password in front of a host; the password may hold a raw `/`, by which a URL becomes invalid and gets
 * into an error text, but a port is none. Over http a user name alone is a token. detect-secrets: basic_auth.
 */
const URL_CREDENTIALS =
  /(?<=:\/\/)(?:[^\s/?#"'`<>@:[\]]{0,256}:(?:[^\s/?#"'`<>@][^\s/?#"'`<>]{0,256}|(?!\d+[/?#])[^\s"'`<>]{1,256})|(?<=https?:\/\/)[^\s/?#"'`<>@:[\]]{1,256})@/gi

/** gitleaks: curl-auth-header, for any client. */
const AUTHORIZATION =
  /(authorization\\*["']?\s{0,3}[:=]\s{0,3}(\\*["'])?)((?:Bearer|Basic|Token|Digest|Negotiate|NTLM|OAuth|DPoP|Api-?Key|AWS4-HMAC-SHA256)\s{1,3})?([^\s"'`,;<>\\]{6,})/gi
/** A challenge (`Bearer realm="..."`) is not a credential. */
const SCHEME = /\b((?:Bearer|Basic)\s{1,3})(?![a-z_]{1,40}=\\*")([\w.~+/=-]{6,})/gi
const COOKIE = /((?:set-)?cookie:\s{0,3})([^\s=:;,"']{1,128}=[^\s;,"']*(?:; ?[^\s=:;,"']{1,128}=[^\s;,"']*)*)/gi

/** Keys that their first characters give away; shorter than the real ones, since a text may have been cut. The formats are gitleaks' (config/gitleaks.toml). */
const KNOWN_KEY = new RegExp(
  `(?<![A-Za-z0-9])(?:${[
    // OpenAI, Anthropic (sk-ant-), OpenRouter, Langfuse, LiteLLM; `sk-learn` is not one.
    'sk-(?:[\\w-]{20,}|(?=[\\w-]{0,64}\\d)[\\w-]{6,})',
    // GitHub, GitLab
    'gh[oprsu]_\\w{16,}|github_pat_\\w{16,}|gl(?:pat|dt|rt|ptt|cbt|ft|ffct|imt|agent|oas|soat)-[\\w.-]{12,}|GR1348941[\\w-]{12,}',
    // Slack
    'xox[a-z]-[\\w-]{8,}|xoxe\\.xox[a-z]-[\\w-]{8,}|xapp-[\\w-]{8,}',
    // AWS, Google, Azure DevOps' and Atlassian's siblings
    '(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}|ABSK[A-Za-z0-9+/]{32,}|AIza[\\w-]{20,}|GOCSPX-[\\w-]{12,}|ya29\\.[\\w-]{12,}|ATATT3[\\w=-]{16,}',
    // Stripe
    '[rs]k_(?:live|test|prod)_\\w{8,}|whsec_[\\w+/]{12,}',
    // Other model providers and agent services
    'gsk_\\w{20,}|xai-\\w{20,}|pplx-\\w{20,}|hf_[A-Za-z0-9]{20,}|api_org_[A-Za-z0-9]{20,}|r8_\\w{20,}|tvly-[\\w-]{16,}|lsv2_[a-z]{2}_\\w{16,}',
    // Registries and code hosts
    'npm_[A-Za-z0-9]{20,}|pypi-[\\w-]{20,}|rubygems_[a-f0-9]{20,}|dckr_(?:pat|oat)_[\\w-]{12,}',
    // Clouds and services
    'do[opr]_v1_\\w{16,}|shp(?:at|ca|pa|ss)_\\w{16,}|lin_(?:api|oauth)_\\w{16,}|ntn_\\w{20,}|hv[bs]\\.[\\w-]{16,}|dapi[a-f0-9]{32}|sntry[su]_[\\w+/=]{20,}|gl(?:sa|c)_[\\w+/=]{20,}|PMAK-[\\w-]{20,}|pul-[a-f0-9]{20,}|figd_[\\w-]{16,}|tskey-[\\w-]{12,}|sbp_\\w{16,}|sb_secret_\\w{12,}|pscale_(?:tkn|oauth|pw)_[\\w.=-]{16,}|HRKU-[\\w-]{16,}|SK[0-9a-f]{32}|key-[0-9a-f]{32}|SG\\.[\\w-]{16,}(?:\\.[\\w-]+)?|ops_eyJ[\\w+/]{16,}|AGE-SECRET-KEY-1[A-Z0-9]{16,}',
  ].join('|')})`,
  'g',
)
/** Begins only where its run of characters begins, since it can fail at the end of the run. gitleaks: jwt. */
const JSON_WEB_TOKEN = /(?<![\w-])eyJ[\w-]{8,}(?:\.[\w-]+){1,4}/g
/** Addresses that are themselves the secret. gitleaks: slack-webhook-url. */
const WEBHOOK =
  /(hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/webhooks\/\d{1,24}\/)[\w/-]{8,}/gi

const QUOTED = new RegExp(
  `(${SECRET_KEY}\\\\*["']?\\]?\\s{0,3}(?:=>|:=|=|:)\\s{0,3})(?:(")([^"\\\\]*(?:\\\\[^][^"\\\\]*)*)"?|(')([^'\\\\]*(?:\\\\[^][^'\\\\]*)*)'?|(\\\\+["'])([^]*?)(?:(?<!\\\\)\\6|$))`,
  'gi',
)
/** `null` and its like are a finding, not a secret. */
const ASSIGNED = new RegExp(
  `((?:${SECRET_KEY}|(?<=[?&;])(?:auth|jwt|key|pass|pwd|sid|sig|signature))\\\\*["']?\\]?\\s{0,3}(?:=>|:=|=)\\s{0,3})(?!\\[redacted\\]|(?:null|undefined|none|nil|true|false)(?!\\w))([^\\s&;"'\`<>=\\\\][^\\s&;"'\`<>\\\\]*)`,
  'gi',
)
/** After a colon comes prose as often as a value: only what has a digit in it is taken for one. */
const DECLARED = new RegExp(
  `(${SECRET_KEY}(?: provided)?\\\\*["']?:\\s{0,3})(?!\\[redacted\\])(?=[^\\s&;"'\`<>=:]{0,64}\\d)([^\\s&;"'\`<>=:/(.[\\\\][^\\s&;"'\`<>=:\\\\]{7,})`,
  'gi',
)
const FLAG = new RegExp(`(--[\\w-]{0,30}${SECRET_KEY}\\s{1,3})([^\\s"'\`<>-][^\\s"'\`<>]{5,})`, 'gi')

/** Tells a credential from a word of prose. */
const looksRandom = (text: string): boolean => /\d|[a-z][A-Z].*[a-z][A-Z]|[A-Za-z]{16}|\.[\w-]+\./.test(text)

/** How much of a value is the punctuation of the sentence around it. */
function tail(value: string): string {
  let end = value.length
  while (end > 0 && ',.)]}'.includes(value[end - 1]!)) end--
  return value.slice(end)
}

/**
 * Takes secrets out of a text that is about to be shown: bearer tokens and Authorization values, keys of the well-known
 * formats, private key blocks, JSON Web Tokens, the value of `password=`, `token=`, `api_key=`, `secret=` and their like
 * (key=value, JSON, query string), credentials in URLs. Each becomes `[redacted]`. Never changes an ordinary text, never
 * throws; applied again it changes nothing. It knows forms, not your secrets: a bare password in prose stays.
 *
 * @param text any text; the time taken is linear in its length
 * @example
 * ```ts
 * import { redactSecrets } from '@runtime-wedge/core/guard'
 *
 * console.log(redactSecrets('401 from https://me:hunter2@api.example/?key=abc')) // → 401 from https://[redacted]@api.example/?key=[redacted]
 * ```
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
      .replace(SCHEME, (all, head, value) => (looksRandom(value) ? head + REDACTED + tail(value) : all))
      .replace(COOKIE, `$1${REDACTED}`)
      .replace(KNOWN_KEY, REDACTED)
      .replace(JSON_WEB_TOKEN, REDACTED)
      .replace(QUOTED, (all, head, double, inDouble, single, inSingle, escaped, inEscaped) => {
        const quote = double ?? single ?? escaped
        return (inDouble ?? inSingle ?? inEscaped).length < 3 ? all : head + quote + REDACTED + quote
      })
      .replace(ASSIGNED, (all, head, value) => {
        const rest = tail(value)
        return rest === value ? all : head + REDACTED + rest
      })
      .replace(DECLARED, (_, head, value) => head + REDACTED + tail(value))
      .replace(FLAG, (all, head, value) => (looksRandom(value) ? head + REDACTED : all))
  } catch {
    // The regex engine has a limit of its own, for texts of many megabytes: better no text than a raw one.
    return REDACTED
  }
}
