import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { acme, makeNewer, openStore } from './support/acme.ts'
import { assertSentence, runProgram, Serving } from './support/program.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

describe('start', () => {
  test('without a configuration it prints the demo app, answers, and ends on SIGTERM with 0', async () => {
    await using folder = await temporaryFolder()
    await using server = await Serving.start({ folder: folder.path })
    for (const word of ['agent1', 'manager1', 'parlance-demo', '3825', 'companyId:1', `${server.url}/ws`]) {
      assert.ok(server.out.includes(word), `${word} in ${server.out}`)
    }
    const response = await fetch(`${server.url}/healthz`)
    assert.deepEqual(await response.json(), { status: 'ok' })
    server.signal('SIGTERM')
    assert.equal(await server.ended(), 0)
  })

  test('SIGHUP, sent when a terminal closes, drains like SIGTERM', async () => {
    await using folder = await temporaryFolder()
    await using server = await Serving.start({ folder: folder.path })
    server.signal('SIGHUP')
    await server.says('draining')
    assert.equal(await server.ended(), 0)
  })

  test('a second signal ends it at once', async () => {
    await using folder = await temporaryFolder()
    await using server = await Serving.start({ folder: folder.path, env: { DRAIN_TIMEOUT_MS: '600000' } })
    // A request that never arrives whole keeps the first signal waiting.
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    socket.write('POST /ws/1/1/xhr HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n')
    await once(socket, 'connect')
    await fetch(`${server.url}/healthz`)
    server.signal('SIGINT')
    await server.says('draining')
    server.signal('SIGINT')
    assert.equal(await server.ended(), 130)
    socket.destroy()
  })

  test('a forgotten promise is logged and nobody is thrown out; an exception ends it', async () => {
    await using folder = await temporaryFolder()
    // Bugs on demand, put into the program from outside.
    const bugs = `process.on('SIGUSR2', () => void Promise.reject(new Error('forgotten')))
      process.on('SIGWINCH', () => { throw new Error('not caught') })`
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(bugs)}`]
    await using server = await Serving.start({ folder: folder.path, nodeArgs })
    server.signal('SIGUSR2')
    await server.says('"message":"forgotten"')
    assert.match(server.out, /"level":"error".*a promise was rejected/)
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
    server.signal('SIGWINCH')
    assert.equal(await server.ended(), 1)
    assert.match(server.out, /"level":"fatal".*"message":"not caught"/)
  })

  test('a port that is taken', async () => {
    await using folder = await temporaryFolder()
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const ended = await runProgram(['start'], { folder: folder.path, env: { PORT: String(port) } })
    other.close()
    assert.equal(ended.code, 1)
    assertSentence(ended, /^port \d+ of 127\.0\.0\.1 is taken: .*PARLANCE_PORT/)
  })

  test('a host that is not of this machine', async () => {
    await using folder = await temporaryFolder()
    const options = await acme(folder.path)
    const ended = await runProgram(['start'], { ...options, env: { ...options.env, HOST: '192.0.2.1', PORT: '0' } })
    assert.equal(ended.code, 1)
    assertSentence(ended, /^192\.0\.2\.1 is not an address of this machine: set PARLANCE_HOST/)
  })

  test('a second server on the same data folder', async () => {
    await using folder = await temporaryFolder()
    await using _server = await Serving.start({ folder: folder.path })
    const ended = await runProgram(['start'], { folder: folder.path, env: { PORT: '0' } })
    assert.equal(ended.code, 1)
    assertSentence(ended, /another process has it open, stop that one first/)
  })

  test('a damaged store', async () => {
    await using folder = await temporaryFolder()
    await mkdir(join(folder.path, 'data'))
    await writeFile(join(folder.path, 'data', 'parlance.sqlite'), 'not a database, '.repeat(1000))
    const ended = await runProgram(['start'], { folder: folder.path, env: { PORT: '0' } })
    assert.equal(ended.code, 1)
    assertSentence(ended, /damaged or is no database, restore it from a backup/)
  })

  test('a store of a newer version', async () => {
    await using folder = await temporaryFolder()
    await openStore(folder.path).close()
    makeNewer(folder.path)
    const ended = await runProgram(['start'], { folder: folder.path, env: { PORT: '0' } })
    assert.equal(ended.code, 1)
    assertSentence(ended, /made by a newer version .* upgrade, or restore/)
  })

  test('a data folder that can’t be', async () => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'file'), '')
    const ended = await runProgram(['start'], { folder: folder.path, env: { PORT: '0', DATA_DIR: './file/data' } })
    assert.equal(ended.code, 1)
    assertSentence(ended, /file\/data.*ENOTDIR/)
  })

  test('every problem of the configuration at once', async () => {
    await using folder = await temporaryFolder()
    const ended = await runProgram(['start'], { folder: folder.path, env: { PORT: 'eighty', HOOST: '::1' } })
    assert.equal(ended.code, 2)
    assert.match(ended.err, /PARLANCE_PORT = "eighty": expected a whole number/)
    assert.match(ended.err, /PARLANCE_HOOST is not a setting; did you mean PARLANCE_HOST\?/)
    assert.doesNotMatch(ended.err, /\n\s+at /)
  })

  test('an old Node is told so before it reads TypeScript', async () => {
    await using folder = await temporaryFolder()
    const old = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '24.8.0' } })`
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(old)}`]
    const ended = await runProgram(['start'], { folder: folder.path, nodeArgs })
    assert.equal(ended.code, 1)
    assertSentence(ended, /needs Node 24\.9 or newer, and this is Node 24\.8\.0/)
    assert.deepEqual(await readdir(folder.path), [])
  })
})
