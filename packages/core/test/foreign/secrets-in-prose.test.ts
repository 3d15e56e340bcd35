import { expect, it } from 'vitest'
import { redactSecrets } from '../../src/foreign/redact-secrets.ts'

// What follows the word "Bearer" is a credential only where it does not look like a word.
it.each([
  ['a digit', 'tok3nx'],
  ['two capitals inside', 'secrEtvaLue'],
  ['two capitals inside, next to each other', 'xYzWab'],
  ['sixteen letters and more', 'abcdefghijklmnop'],
  ['two dots', 'abc.defg.hij'],
])('what has %s looks like a credential', (_, value) => {
  expect(redactSecrets(`sent Bearer ${value} again`)).toBe('sent Bearer [redacted] again')
})

it.each(['tokens', 'camelCase', 'authentication', 'abcdefghijklmno', 'config.file', 'CAPITALS', 'etc... and'])(
  'the word %s does not',
  word => {
    expect(redactSecrets(`sent Bearer ${word} again`)).toBe(`sent Bearer ${word} again`)
  },
)

it.each(['connect(token=)', '{ password=}', 'password=.'])('%s has no value to take out', text => {
  expect(redactSecrets(text)).toBe(text)
})
