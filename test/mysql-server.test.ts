import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createConnection } from 'mysql2/promise'
import { MariadbServer } from './support/mariadb-server.ts'
import { assertSentence, runProgram, Serving } from './support/program.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

let mariadb: MariadbServer

before(async () => {
  mariadb = await MariadbServer.start()
})

after(() => mariadb[Symbol.asyncDispose]())

test('the whole server works on MariaDB: what it kept is there after a restart, and the commands see it', async () => {
  await using folder = await temporaryFolder()
  const url = await mariadb.database()
  const options = { folder: folder.path, env: { DATABASE_URL: url, PORT: '0' } }
  const signIn = async (server: Serving): Promise<Response> =>
    fetch(`${server.url}/api/auth/login/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'host@demo.test', password: 'parlance-demo' }),
    })
  for (let start = 0; start < 2; start++) {
    await using server = await Serving.start(options)
    const health = await fetch(`${server.url}/healthz`)
    assert.equal(health.status, 200)
    assert.equal((await signIn(server)).status, 200)
    const users = await runProgram(['user', 'list', '--app', 'demo'], options)
    assert.match(users.out, /host@demo\.test/)
    const doctor = await runProgram(['doctor'], options)
    assert.match(doctor.out, /✓ the server is MariaDB/)
    assert.match(doctor.out, /✓ the database test_\d+ at .* has version \d+, the current one/)
  }
})

test('a second server on the database says so in a sentence, and so does one that is refused', async () => {
  await using folder = await temporaryFolder()
  const url = await mariadb.database()
  const options = { folder: folder.path, env: { DATABASE_URL: url, PORT: '0' } }
  {
    await using _first = await Serving.start(options)
    const second = await runProgram(['start'], { ...options, folder: folder.path })
    assert.equal(second.code, 1)
    assertSentence(second, /another server has this database/)
  }
  const env = { ...options.env, DATABASE_URL: url.replace('root@', 'nobody:secret@') }
  const refused = await runProgram(['start'], { ...options, env })
  assert.equal(refused.code, 1)
  assertSentence(refused, /Access denied/)
  assert.doesNotMatch(refused.err, /secret/)
  const doctor = await runProgram(['doctor'], { ...options, env })
  assert.match(doctor.out, /✗ the database test_\d+ at 127\.0\.0\.1:\d+ does not answer: Access denied/)
})

test('doctor tells of a server that forgets, and of a database of a newer version', async () => {
  await using folder = await temporaryFolder()
  const url = await mariadb.database()
  const connection = await createConnection(url)
  await connection.query('SET GLOBAL innodb_flush_log_at_trx_commit = 2, max_allowed_packet = 1048576')
  await connection.query('CREATE TABLE parlance_version (version INT NOT NULL)')
  await connection.query('INSERT INTO parlance_version VALUES (1000)')
  const { code, out } = await runProgram(['doctor'], {
    folder: folder.path,
    env: { DATABASE_URL: url, PORT: '0' },
  })
  await connection.query('SET GLOBAL innodb_flush_log_at_trx_commit = 1, max_allowed_packet = 16777216')
  await connection.end()
  assert.equal(code, 1)
  assert.match(out, /! .*innodb_flush_log_at_trx_commit/)
  assert.match(out, /! .*max_allowed_packet/)
  assert.match(out, /✗ .* was made by a newer version \(its version is 1000/)
})
