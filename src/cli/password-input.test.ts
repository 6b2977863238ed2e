import assert from 'node:assert/strict'
import { PassThrough, Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { askHidden, readLine } from './password-input.ts'

describe('a password from the standard input', () => {
  const read = (...chunks: string[]) => readLine(Readable.from(chunks.map((chunk) => Buffer.from(chunk))))

  test('is the first line, whatever its end and however it comes', async () => {
    assert.equal(await read('secret'), 'secret')
    assert.equal(await read('sec', 'ret\r\nmore'), 'secret')
    assert.equal(await read(' 비밀번호 \n'), ' 비밀번호 ')
    assert.equal(await read(), '')
  })

  test('is not read without an end', async () => {
    let chunks = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        chunks++
        yield Buffer.alloc(512, 'x')
      }
    }
    assert.ok((await readLine(endless())).length > 1024)
    assert.ok(chunks <= 4)
  })
})

describe('a password from a terminal', () => {
  test('is not shown', async () => {
    const input = new PassThrough()
    const output = new PassThrough()
    const answer = askHidden('Password: ', input, output)
    input.write('tops3cret\r')
    assert.equal(await answer, 'tops3cret')
    assert.equal(String(output.read()), 'Password: \n')
  })

  test('nor echoed by the terminal, from before the question stands there', async () => {
    let isRaw = false
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (raw: boolean) => (isRaw = raw) })
    const output = new PassThrough()
    output.once('data', () => {
      assert.ok(isRaw)
      input.write('tops3cret\r')
    })
    assert.equal(await askHidden('Password: ', input, output), 'tops3cret')
    assert.ok(!isRaw)
  })

  test('that ends without an answer gives none', async () => {
    const input = new PassThrough()
    const answer = askHidden('Password: ', input, new PassThrough())
    input.write('\u0003')
    await assert.rejects(answer, /no password was given/)
  })
})
