import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { GuestHouse } from './support/guest-house.ts'
import { MariadbServer } from './support/mariadb-server.ts'
import { RedisServer } from './support/redis-server.ts'

const token = 'a-token-of-prometheus'

/** `name{label="value"}` → number */
async function scrape({ url }: GuestHouse): Promise<Map<string, number>> {
  const answer = await fetch(`${url}/metrics`, { headers: { Authorization: `Bearer ${token}` } })
  assert.equal(answer.status, 200)
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const [, name = '', value] = /^(\w+(?:\{.*\})?) (\S+)$/.exec(line) ?? assert.fail(line)
      return [name, Number(value)]
    }),
  )
}

/** The server hears of a connection's end after the client does. */
async function until(house: GuestHouse, name: string, value: number): Promise<Map<string, number>> {
  for (;;) {
    const read = await scrape(house)
    if (read.get(name) === value) return read
  }
}

let mariadb: MariadbServer
let redis: RedisServer
before(async () => {
  ;[mariadb, redis] = await Promise.all([MariadbServer.start(), RedisServer.start()])
})
after(() => Promise.all([mariadb, redis].map((server) => server[Symbol.asyncDispose]())))

for (const store of ['SQLite', 'MariaDB', 'MariaDB and Redis'] as const) {
  describe(`what the server counts, on ${store}`, () => {
    let house: GuestHouse
    before(async () => {
      const env = {
        ...(store !== 'SQLite' && { DATABASE_URL: await mariadb.database() }),
        ...(store === 'MariaDB and Redis' && { REDIS_URL: redis.url }),
      }
      house = await GuestHouse.open({ METRICS_TOKEN: token, ...env })
    })
    after(() => house[Symbol.asyncDispose]())

    test('a conversation of two', { timeout: 20_000 }, async () => {
      const start = await scrape(house)
      const { guest, host } = await house.couple()
      const open = await scrape(house)
      assert.equal(open.get('parlance_connections{wire="pintalk"}'), 2)
      assert.equal(open.get('parlance_connections_opened_total{wire="pintalk"}'), 2)
      assert.equal(open.get('parlance_connections_opened_total{wire="cstalk"}'), 0)
      for (const message of ['one', 'two']) {
        guest.says(message)
        await Promise.all([guest.hears(message), host.hears(message)])
      }
      // Of several nodes: what was heard comes to the database a moment later.
      const read = await (store === 'MariaDB and Redis' ? until(house, 'parlance_log_unsettled', 0) : scrape(house))
      const grown = (name: string): number => (read.get(name) ?? 0) - (open.get(name) ?? 0)
      assert.equal(grown('parlance_events_total{type="message_posted"}'), 2)
      assert.equal(grown('parlance_encodings_total{protocol="pintalk"}'), 2)
      assert.equal(grown('parlance_deliveries_total{protocol="pintalk"}'), 4)
      assert.ok(grown('parlance_store_writes_total') >= 1)
      assert.ok(grown('parlance_store_commit_seconds_count') >= 1)
      assert.equal(read.get('parlance_store_lost_writes_total'), 0)
      const made = 'parlance_http_requests_total{method="POST",route="/api/chat/",status="201"}'
      assert.equal((read.get(made) ?? 0) - (start.get(made) ?? 0), 1)
      assert.ok((read.get('process_resident_memory_bytes') ?? 0) > 1e6)
      await Promise.all([guest.leave(), host.leave()])
      const gone = await until(house, 'parlance_connections{wire="pintalk"}', 0)
      assert.equal(gone.get('parlance_connections_closed_total{wire="pintalk"}'), 2)
    })

    if (store === 'MariaDB and Redis') {
      test('the log of rooms and what the nodes say to each other', async () => {
        const read = await until(house, 'parlance_log_partitions', 16)
        assert.equal(read.get('parlance_nodes'), 1)
        assert.equal(read.get('parlance_nodes_heard'), 1)
        assert.equal(read.get('parlance_log_writable'), 1)
        assert.equal(read.get('parlance_log_unsettled'), 0)
        const appended = read.get('parlance_log_appends_total{type="appended"}') ?? 0
        assert.ok(appended >= 2)
        assert.ok((read.get('parlance_log_read_total') ?? 0) >= 2)
        assert.ok((read.get('parlance_log_append_seconds_count') ?? 0) >= appended)
        assert.ok((read.get('parlance_log_lag_seconds') ?? 0) > 0)
        for (const name of ['appends_total{type="failed"}', 'dropped_total', 'losses_total', 'voided_total'])
          assert.equal(read.get(`parlance_log_${name}`), 0, name)
        assert.equal(read.get('parlance_bus_dropped_total{type="malformed"}'), 0)
      })
    }

    test('no label takes what a client sent', async () => {
      const strange = 'x-strange-words'
      await fetch(`${house.url}/${strange}`, { method: 'PROPFIND' })
      await fetch(`${house.url}/files/${strange}/${strange}/${strange}`)
      await house.dial(`/ws/chat/${strange}/`).catch(() => {})
      const names = [...(await scrape(house)).keys()].join('\n')
      assert.doesNotMatch(names, /strange|PROPFIND/)
      assert.match(names, /route="\/files\/:app\/:id\/:name",status="404"/)
    })
  })
}
