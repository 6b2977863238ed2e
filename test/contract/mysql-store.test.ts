import { after, before } from 'node:test'
import type { Clock } from '../../src/core/ports.ts'
import { MysqlStore } from '../../src/stores/mysql/mysql-store.ts'
import { MariadbServer } from '../support/mariadb-server.ts'
import type { OpenedStore } from './desk.ts'
import { storeContract } from './store-contract.ts'

const quiet = { error() {}, warn() {}, info() {}, debug() {} }
let server: MariadbServer

before(async () => {
  server = await MariadbServer.start()
})

after(() => server[Symbol.asyncDispose]())

function onMariadb(cachedRooms: number): (now: Clock) => Promise<OpenedStore> {
  return async (now) => {
    const url = await server.database()
    const fresh = () => MysqlStore.open({ url, log: quiet, now, cachedRooms })
    let store = await fresh()
    return {
      store,
      async reopen() {
        await store.close()
        store = await fresh()
        return store
      },
      close: () => store.close(),
    }
  }
}

storeContract('MysqlStore', onMariadb(10_000))
storeContract('MysqlStore that remembers one room', onMariadb(1))
