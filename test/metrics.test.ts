import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { GuestHouse } from './support/guest-house.ts'
import { MariadbServer } from './support/mariadb-server.ts'

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
before(async () => (mariadb = await MariadbServer.start()))
after(() => mariadb[Symbol.asyncDispose]())

for (const store of ['SQLite', 'MariaDB'] as const) {
  describe(`what the server counts, on ${store}`, () => {
    let house: GuestHouse
    before(async () => {
      const env = store === 'SQLite' ? {} : { DATABASE_URL: await mariadb.database() }
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
      const read = await scrape(house)
      const grown = (name: string): number => (read.get(name) ?? 0) - (open.get(name) ?? 0)
      assert.equal(grown('parlance_events_total{type="message_posted"}'), 2)
      assert.equal(grown('parlance_encodings_total{protocol="pintalk"}'), 2)
      assert.equal(grown('parlance_deliveries_total{protocol="pintalk"}'), 4)
      assert.ok(grown('parlance_store_writes_total') >= 2)
      assert.ok(grown('parlance_store_commit_seconds_count') >= 1)
      assert.equal(read.get('parlance_store_lost_writes_total'), 0)
      const made = 'parlance_http_requests_total{method="POST",route="/api/chat/",status="201"}'
      assert.equal((read.get(made) ?? 0) - (start.get(made) ?? 0), 1)
      assert.ok((read.get('process_resident_memory_bytes') ?? 0) > 1e6)
      await Promise.all([guest.leave(), host.leave()])
      const gone = await until(house, 'parlance_connections{wire="pintalk"}', 0)
      assert.equal(gone.get('parlance_connections_closed_total{wire="pintalk"}'), 2)
    })

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
