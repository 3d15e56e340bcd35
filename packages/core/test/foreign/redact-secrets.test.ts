import fc from 'fast-check'
import { expect, test } from 'vitest'
import { redactSecrets } from '../../src/foreign/redact-secrets.ts'

const SECRET = 'S3cr3tS3cr3tS3cr3tS3cr3t'
/** A key of a well-known format; put together here, so that no scanner takes this file for a leak. */
const key = (prefix: string, rest = SECRET) => prefix + rest
const jwt = `${key('eyJ', 'hbGciOiJIUzI1NiJ9')}.${key('eyJ', 'zdWIiOiIxMjM0In0')}.dBjftJeZ4CVP`

test.each([
  ['OpenAI', key('sk-proj-')],
  ['OpenAI, legacy', key('sk-')],
  ['a short one of the same form', key('sk-', 'live123')],
  ['Anthropic', key('sk-ant-', 'api03-S3cr3t_S3cr3t-AA')],
  ['GitHub', key('ghp_')],
  ['GitHub Actions', key('ghs_')],
  ['GitHub, fine-grained', key('github_pat_')],
  ['GitLab', key('glpat-')],
  ['Slack bot', key('xoxb-', '123456789012-S3cr3t')],
  ['Slack app', key('xapp-', '1-A0-123-s3cr3t')],
  ['AWS', key('AKIA', 'IOSFODNN7EXAMPLE')],
  ['AWS, temporary', key('ASIA', 'IOSFODNN7EXAMPLE')],
  ['Google', key('AIza', `${SECRET}S3cr3tS3cr3`)],
  ['Google OAuth', key('GOCSPX-')],
  ['Stripe', key('sk_live_')],
  ['Stripe, restricted', key('rk_test_')],
  ['npm', key('npm_', `${SECRET}S3cr3tS3cr3t`)],
  ['PyPI', key('pypi-', `AgEIcHlwaS5vcmc${SECRET}`)],
  ['Hugging Face', key('hf_')],
  ['Groq', key('gsk_')],
  ['LangSmith', key('lsv2_pt_')],
  ['HashiCorp Vault', key('hvs.')],
  ['SendGrid', `${key('SG.')}.${SECRET}`],
  ['a JSON Web Token', jwt],
  ['a JSON Web Token that was cut', jwt.slice(0, 30)],
])('a key is taken out of any sentence: %s', (_, secret) => {
  for (const [before, after] of [
    ['', ''],
    ['the server refused ', ': sign in again'],
    ['key "', '"'],
    ['(', ')'],
    ['a,', ',b'],
  ]) {
    expect(redactSecrets(before + secret + after)).toBe(`${before}[redacted]${after}`)
  }
})

test.each([
  ['Authorization: Bearer hunter', 'Authorization: Bearer [redacted]'],
  ['"authorization": "Bearer abc.def"', '"authorization": "Bearer [redacted]"'],
  ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic [redacted]'],
  ["{ Authorization: 'wholesecret' }", "{ Authorization: '[redacted]' }"],
  ['authorization: hunter2hunter2', 'authorization: [redacted]'],
  ['sent Bearer mF_9.B5f-4.1JqM, got 401', 'sent Bearer [redacted], got 401'],
  ['Basic dXNlcjpwYXNz was refused', 'Basic [redacted] was refused'],
  ['Cookie: sid=abc; theme=dark', 'Cookie: [redacted]'],
  ['x-api-key: abc123def', 'x-api-key: [redacted]'],
  ['Incorrect API key provided: abc123def456. Look it up.', 'Incorrect API key provided: [redacted]. Look it up.'],
])('what a request carried in its headers: %s', (text, expected) => {
  expect(redactSecrets(text)).toBe(expected)
})

test.each([
  ['password=hunter2', 'password=[redacted]'],
  ['PASSWORD = hunter2', 'PASSWORD = [redacted]'],
  ['could not log in (user=me, password=hunter2).', 'could not log in (user=me, password=[redacted]).'],
  ['OPENAI_API_KEY=abc node server.js', 'OPENAI_API_KEY=[redacted] node server.js'],
  ['MYSQL_PWD=abc DB_PASS=def', 'MYSQL_PWD=[redacted] DB_PASS=[redacted]'],
  ['AWS_SECRET_ACCESS_KEY=a/b+c', 'AWS_SECRET_ACCESS_KEY=[redacted]'],
  ['//registry.example/:_authToken=abc', '//registry.example/:_authToken=[redacted]'],
  ['Server=db;User=me;Password=abc;', 'Server=db;User=me;Password=[redacted];'],
  ['AccountKey=abc+/==;EndpointSuffix=x', 'AccountKey=[redacted];EndpointSuffix=x'],
  ['clientSecret: "x y z"', 'clientSecret: "[redacted]"'],
  ['{"user":"me","password":"a \\"quoted\\" b","port":1}', '{"user":"me","password":"[redacted]","port":1}'],
  ['{"api_key":"cut in the mid', '{"api_key":"[redacted]"'],
  ['body: {\\"token\\":\\"abc\\",\\"n\\":1}', 'body: {\\"token\\":\\"[redacted]\\",\\"n\\":1}'],
  ["{ secret: 'abc' }", "{ secret: '[redacted]' }"],
  [':secret => "abc"', ':secret => "[redacted]"'],
  [
    'GET /v1?a=1&token=abc&key=def&sig=x%3D HTTP/1.1',
    'GET /v1?a=1&token=[redacted]&key=[redacted]&sig=[redacted] HTTP/1.1',
  ],
  ['mcp-server --api-key abc123 --port 80', 'mcp-server --api-key [redacted] --port 80'],
])('the value of a key that says so: %s', (text, expected) => {
  expect(redactSecrets(text)).toBe(expected)
})

test.each([
  ['https://user:pass@host/x', 'https://[redacted]@host/x'],
  ['https://token@github.com/a/b.git', 'https://[redacted]@github.com/a/b.git'],
  ['redis://:pw@host:6379/0', 'redis://[redacted]@host:6379/0'],
  ['amqp://a:p@ss@host', 'amqp://[redacted]@host'],
  ['Invalid URL: postgres://me:a/b#c@host/db', 'Invalid URL: postgres://[redacted]@host/db'],
  ['https://hooks.slack.com/services/T0/B0/abcdef', 'https://hooks.slack.com/services/[redacted]'],
])('the credentials in a URL: %s', (text, expected) => {
  expect(redactSecrets(text)).toBe(expected)
})

test('a private key, whole, in one line or cut off', () => {
  const block = (kind: string) => `-----BEGIN ${kind}PRIVATE KEY-----\nMIIEpA\nIBAAKC\n-----END ${kind}PRIVATE KEY-----`
  for (const kind of ['', 'RSA ', 'OPENSSH ', 'ENCRYPTED ']) {
    expect(redactSecrets(`bad key ${block(kind)} here`)).toBe('bad key [redacted] here')
    expect(redactSecrets(block(kind).replaceAll('\n', ' '))).toBe('[redacted]')
    expect(redactSecrets(block(kind).slice(0, 50))).toBe('[redacted]')
  }
})

const ORDINARY = [
  'token expired',
  'invalid token: expired',
  'missing API key',
  'missing API key: set OPENAI_API_KEY',
  'basic authentication failed',
  'Basic JavaScript',
  'bearer authentication/authorization failed',
  'password is wrong',
  'password: must not be empty',
  'token=undefined, secret=null',
  'if (token == null)',
  'password=',
  'Authorization header missing',
  'Authorization: required',
  'Bearer realm="api", error="invalid_token", resource_metadata="https://api.example/.well-known"',
  'Bearer resource_metadata="https://api.example/1"',
  'Unexpected token \'<\', "<!DOCTYPE "... is not valid JSON',
  'unexpected token: "}"',
  'max_tokens=4096, total_tokens: 12000',
  'pass=12 fail=3',
  'PWD=/home/me',
  'key=value',
  "fetch(url, { credentials: 'include' })",
  '/home/me/secrets/token.ts:12:5',
  'C:\\Users\\me\\token\\index.js',
  'node_modules/.pnpm/@scope+token@1.2.3/x.js',
  'd6cd1e2bd19e03a81132a23b2025920577f84e37',
  '550e8400-e29b-41d4-a716-446655440000',
  'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  'http://127.0.0.1:8080/a@b',
  'http://[::1]:3000/@scope/x',
  'https://medium.com/@me',
  'git@github.com:a/b.git',
  'ssh://git@github.com/a/b',
  'me@example.com',
  'npm_config_registry, npm_package_version',
  'sk-learn, disk-1234567, task-1234567',
  'connect ECONNREFUSED 127.0.0.1:8080',
  'no answer to initialize in 60 s: restart the server',
  '429 rate_limit_error: 5 requests per minute',
  'größer 日本語 👩‍👩‍👧 "quoted" \\ <b>',
]

test.each(ORDINARY)('an ordinary text stays: %s', text => {
  expect(redactSecrets(text)).toBe(text)
})

test('sentences of ordinary words stay', () => {
  const word = fc.constantFrom(
    ...ORDINARY.flatMap(text => text.split(' ')).filter(word => !/[=:'"\\]|^(?:basic|bearer)$/i.test(word)),
  )
  const sentence = fc.array(word, { maxLength: 12 }).map(words => words.join(' '))
  const stay = fc.property(sentence, text => {
    expect(redactSecrets(text)).toBe(text)
  })
  fc.assert(stay, { numRuns: 1_000 })
})

const part = fc.oneof(
  fc.constantFrom('password', 'token', 'api_key', 'secret', 'authorization', 'Bearer', 'Basic', 'cookie', '--token'),
  fc.constantFrom('=', ':', ': ', '=>', '"', "'", '\\"', '\\', '://', '@', '&', '?', ';', ',', '.', ')', ']', '}', ' '),
  fc.constantFrom(
    key('sk-'),
    key('ghp_'),
    jwt,
    'https://a:b@c',
    'a1b2c3d4',
    'null',
    '[redacted]',
    'key',
    '-----BEGIN PRIVATE KEY-----',
  ),
  fc.string({ maxLength: 8 }),
)

test('what was redacted once is not changed by a second time', () => {
  const text = fc.array(part, { maxLength: 12 }).map(parts => parts.join(''))
  const once = fc.property(text, given => {
    const redacted = redactSecrets(given)
    expect(redactSecrets(redacted)).toBe(redacted)
  })
  fc.assert(once, { numRuns: 5_000 })
})

test('a secret does not survive whatever stands around it', () => {
  const around = fc.array(part, { maxLength: 6 }).map(parts => parts.join(''))
  const gone = fc.property(around, around, (before, after) => {
    expect(redactSecrets(`${before} ${key('ghp_', 'Th3S3cr3tInTheMiddle')} ${after}`)).not.toContain('InTheMiddle')
  })
  fc.assert(gone, { numRuns: 2_000 })
})

test('it never throws, whatever it is given', () => {
  for (const given of [undefined, null, 7, Symbol('x'), {}]) expect(redactSecrets(given as never)).toBe('')
  // Beyond what the regex engine can hold: withheld as a whole.
  expect(redactSecrets(`token="${'\\a'.repeat(10_000_000)}`)).not.toContain('\\a')
})

// Quadratic time would be hours for a million characters; the limit is the runner's.
test.each([
  '://',
  'http://a',
  'password',
  'password=)',
  'token="',
  'token=\\"',
  "secret:'",
  '-----BEGIN PRIVATE KEY',
  'sk-',
  'eyJ',
  'eyJeyJeyJ-',
  'eyJaaaaaaaa.',
  'Bearer ',
  'authorization:',
  'cookie:a=',
  '--token ',
  '-',
  '\\',
  '}',
  ' ',
  'SG.',
])(
  'a million characters of %j take no more than a moment',
  hostile => {
    const text = hostile.repeat(1_000_000 / hostile.length)
    for (const before of ['', 'password=', '://', 'eyJ']) redactSecrets(before + text)
  },
  30_000,
)
