import { expect, test } from 'vitest'
import { EventStream } from '../src/event-stream.ts'

const hangUp = () => {
  throw new Error('no client was too slow')
}

test('an event goes to the clients of its topic, and without a topic to all clients', async () => {
  const stream = new EventStream()
  const a = stream.subscribe('a', [{ event: 'hello', data: 'a\nb' }], hangUp).text()
  const b = stream.subscribe('b', [], hangUp).text()
  expect(stream.send({ event: 'x', data: 1, id: 'n:1' }, 'a')).toBe(true)
  expect(stream.send({ event: 'y', data: 2 })).toBe(true)
  expect(stream.send({ event: 'z', data: 3 }, 'c')).toBe(false)
  stream.close()
  expect(await a).toBe(
    'retry: 500\n\nevent: hello\ndata: "a\\nb"\n\nid: n:1\nevent: x\ndata: 1\n\nevent: y\ndata: 2\n\n',
  )
  expect(await b).toBe('retry: 500\n\nevent: y\ndata: 2\n\n')
  expect(stream.send({ event: 'x', data: 1 })).toBe(false)
})

test('a client that does not read is cut off, without a delay for the others', async () => {
  const stream = new EventStream()
  const hungUp: string[] = []
  stream.subscribe('', [], () => hungUp.push('stuck'))
  const reading = stream.subscribe('', [], () => hungUp.push('reading')).body!.getReader()
  const event = { event: 'x', data: 'x'.repeat(100_000) }
  for (let sent = 0; sent < 20; sent++) {
    expect(stream.send(event)).toBe(true)
    await reading.read()
  }
  expect(hungUp).toEqual(['stuck'])
  await reading.cancel()
  expect(stream.send(event)).toBe(false)
})
