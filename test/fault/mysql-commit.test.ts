import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createConnection, type Connection } from 'mysql2/promise'
import { openNodeWriter } from '../../src/stores/mysql/database.ts'
import { GroupCommit } from '../../src/stores/mysql/group-commit.ts'
import { MysqlStore } from '../../src/stores/mysql/mysql-store.ts'
import { run } from '../../src/stores/mysql/statement.ts'
import { MariadbServer } from '../support/mariadb-server.ts'

const quiet = { error() {}, warn() {}, info() {}, debug() {} }
const lateMs = 700

/** A connection whose next commit gets to the server late, when nobody waits for its answer any more. */
function withLateCommit(connection: Connection): Connection {
  return new Proxy(connection, {
    get(target, name) {
      if (name === 'destroy') return () => {}
      if (name !== 'query') return Reflect.get(target, name, target) as unknown
      return async (asked: { sql: string }) => {
        if (asked.sql !== 'COMMIT') return target.query(asked)
        void sleep(lateMs).then(async () => {
          await target.query('COMMIT')
          target.destroy()
        })
        throw Object.assign(new Error('nothing was heard'), { code: 'PROTOCOL_SEQUENCE_TIMEOUT' })
      }
    },
  })
}

test('a commit that gets to the server after its connection was given up is not done twice', async () => {
  await using mariadb = await MariadbServer.start()
  const url = await mariadb.database()
  await (await MysqlStore.open({ url, log: quiet, now: Date.now })).close()
  let dialled = 0
  const commits = new GroupCommit({
    connect: async () => {
      const connection = await openNodeWriter(url)
      return dialled++ === 0 ? withLateCommit(connection) : connection
    },
    writer: 'node x',
    shared: true,
    log: quiet,
    beforeCommit: async () => {},
    committed: () => {},
    undone: () => {},
  })
  await commits.open()
  await commits.write((connection) =>
    run(connection, "INSERT INTO errands (app_id, kind, body, due_at) VALUES ('app', 'mail', '{}', 1)"),
  )
  await commits.close()
  const connection = await createConnection(url)
  const [rows] = await connection.query('SELECT id FROM errands')
  await connection.end()
  assert.equal((rows as unknown[]).length, 1)
})
