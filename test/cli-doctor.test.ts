import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import type { AppId } from '../src/core/model.ts'
import { acme, makeNewer, openStore } from './support/acme.ts'
import { runProgram, Serving } from './support/program.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

describe('doctor', () => {
  test('finds nothing to repair in a good house, before, beside and after a server', async () => {
    await using folder = await temporaryFolder()
    const given = await acme(folder.path)
    const options = { ...given, env: { ...given.env, PORT: String(await freePort()) } }
    const doctor = () => runProgram(['doctor'], options)
    const before = await doctor()
    assert.equal(before.code, 0, before.out)
    assert.match(before.out, /✓ the data folder \.\/data is not there yet/)
    assert.ok(!(await readdir(folder.path)).includes('data'))
    {
      await using server = await Serving.start(options)
      const beside = await doctor()
      assert.equal(beside.code, 0, beside.out)
      assert.match(beside.out, /✓ a running server has the store/)
      assert.match(beside.out, /✓ the store is whole/)
      assert.match(beside.out, /✓ port \d+ of 127\.0\.0\.1: the running server answers that it is well/)
      server.signal('SIGTERM')
      await server.ended()
    }
    const after = await doctor()
    assert.equal(after.code, 0, after.out)
    assert.match(after.out, /✓ the store data\/parlance\.sqlite can be opened and written/)
    assert.match(after.out, /✓ secrets: none is known or short/)
    assert.match(after.out, /✓ acme: it is \d{4}-\d\d-\d\d \d\d:\d\d in Asia\/Seoul/)
  })

  test('a store that is damaged in the middle', async () => {
    await using folder = await temporaryFolder()
    const options = await acme(folder.path)
    await openStore(folder.path).close()
    const path = join(folder.path, 'data', 'parlance.sqlite')
    const bytes = await readFile(path)
    await writeFile(path, bytes.fill(0xff, 8192, 24_576))
    const { code, out } = await runProgram(['doctor'], options)
    assert.equal(code, 1)
    assert.match(out, /✗ the store .*\n {4}restore it from a backup/)
  })

  test('a store of a newer version, and one of another program', async () => {
    await using folder = await temporaryFolder()
    const options = await acme(folder.path)
    await openStore(folder.path).close()
    makeNewer(folder.path)
    const newer = await runProgram(['doctor'], options)
    assert.equal(newer.code, 1)
    assert.match(newer.out, /✗ the store was made by a newer version/)
    const other = new DatabaseSync(join(folder.path, 'data', 'other.sqlite'))
    other.exec('CREATE TABLE theirs (id INTEGER)')
    other.close()
    await writeFile(
      join(folder.path, 'data', 'parlance.sqlite'),
      await readFile(join(folder.path, 'data', 'other.sqlite')),
    )
    const foreign = await runProgram(['doctor'], options)
    assert.equal(foreign.code, 1)
    assert.match(foreign.out, /✗ .*parlance\.sqlite is a database of another program/)
  })

  test('a clock behind what was stored', async () => {
    await using folder = await temporaryFolder()
    const options = await acme(folder.path)
    const store = openStore(folder.path, () => Date.now() + 3_600_000)
    const room = { key: 'k', kind: 'channel', name: 'n', state: 'active', ownerId: null, members: [] } as const
    await store.rooms.ensure({ appId: 'acme' as AppId, ...room })
    await store.close()
    const { code, out } = await runProgram(['doctor'], options)
    assert.equal(code, 1)
    assert.match(out, /✗ the clock says .*, (35\d\d|3600) s before what was stored last/)
  })

  test('a port that another program has, and one that another Parlance has', async () => {
    await using folder = await temporaryFolder()
    await using elsewhere = await temporaryFolder()
    const other = createServer((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nhello')).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const foreign = await runProgram(['doctor'], { folder: folder.path, env: { PORT: String(port) } })
    other.close()
    assert.equal(foreign.code, 1)
    assert.match(foreign.out, /✗ port \d+ of 127\.0\.0\.1 is taken by another program/)
    await using server = await Serving.start({ folder: elsewhere.path })
    const sibling = await runProgram(['doctor'], { folder: folder.path, env: { PORT: new URL(server.url).port } })
    assert.equal(sibling.code, 1)
    assert.match(sibling.out, /✗ port \d+ of 127\.0\.0\.1 is taken by a Parlance with another data folder/)
  })

  test('a data folder that can’t be, and a wrong configuration', async () => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'file'), '')
    const under = await runProgram(['doctor'], { folder: folder.path, env: { DATA_DIR: './file/data', PORT: '0' } })
    assert.equal(under.code, 1)
    assert.match(under.out, /✗ the data folder \.\/file\/data can’t be/)
    const wrong = await runProgram(['doctor'], { folder: folder.path, env: { PORT: 'eighty', HOOST: '::1' } })
    assert.equal(wrong.code, 1)
    assert.match(wrong.out, /✗ PARLANCE_PORT = "eighty"[^]*✗ PARLANCE_HOOST is not a setting/)
  })

  test('secrets of the demo and short ones, loose rights, too few files, a proxy that is not believed', async () => {
    await using folder = await temporaryFolder()
    const apps = [
      { id: 'a', cstalk: { companyId: '1', jwtSecret: 'demo-cstalk-jwt-secret' } },
      { id: 'b', cstalk: { companyId: '2', jwtSecret: 'sixteen letters.' } },
      { id: 'c' },
    ]
    await writeFile(join(folder.path, 'parlance.json'), JSON.stringify({ apps }), { mode: 0o644 })
    await mkdir(join(folder.path, 'data'), { mode: 0o755 })
    const env = { CONFIG: './parlance.json', PORT: '0', PUBLIC_URL: 'https://chat.example', MAX_CONNECTIONS: '1000000' }
    const { code, out } = await runProgram(['doctor'], { folder: folder.path, env })
    assert.equal(code, 0, out)
    for (const pattern of [
      /! a: cstalk\.jwtSecret is a secret of the demo app/,
      /! b: cstalk\.jwtSecret has 16 characters/,
      /! the app c speaks no protocol/,
      /! everybody on this machine may read \.\/parlance\.json\n {4}chmod o= \.\/parlance\.json/,
      /! others may look into the data folder \(mode 755\)/,
      /! open files: \d+ allowed, 1000000 connections and 256 other files wanted/,
      /! clients come over https[^\n]*\n {4}set PARLANCE_TRUSTED_PROXY_HOPS/,
    ]) {
      assert.match(out, pattern)
    }
    assert.ok(!out.includes('sixteen letters'))
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
