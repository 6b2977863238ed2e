import { after, before } from 'node:test'
import { ProcessNodes } from '../../src/buses/process-nodes.ts'
import { RedisConnections } from '../../src/buses/redis/redis-connection.ts'
import { RedisRoomLog } from '../../src/buses/redis/room-log.ts'
import type { Clock } from '../../src/core/ports.ts'
import { ClusterStore } from '../../src/stores/mysql/cluster-store.ts'
import { MariadbServer } from '../support/mariadb-server.ts'
import { RedisServer } from '../support/redis-server.ts'
import type { OpenedStore } from './desk.ts'
import { storeContract } from './store-contract.ts'

const quiet = { error() {}, warn() {}, info() {}, debug() {} }
let mariadb: MariadbServer
let redis: RedisServer
let opened = 0

before(async () => {
  mariadb = await MariadbServer.start()
  redis = await RedisServer.start()
})

after(async () => {
  await mariadb[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

function ofOneNode(cachedRooms: number): (now: Clock) => Promise<OpenedStore> {
  return async (now) => {
    const url = await mariadb.database()
    const prefix = `contract-${opened++}`
    const fresh = () => {
      const nodes = new ProcessNodes({ url: '', version: '', settings: '', files: '', startedAt: 0 }, Date.now)
      const roomLog = new RedisRoomLog({
        connections: new RedisConnections({ url: redis.url, name: prefix, log: quiet }),
        prefix,
        nodeId: nodes.id,
        nodes: () => [nodes.id],
        log: quiet,
      })
      const told = { told: () => {}, isWanted: () => true }
      return ClusterStore.open({ url, roomLog, nodes, ...told, ack: 'stored', log: quiet, now, cachedRooms })
    }
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

storeContract('ClusterStore', ofOneNode(10_000))
storeContract('ClusterStore that remembers one room', ofOneNode(1))
