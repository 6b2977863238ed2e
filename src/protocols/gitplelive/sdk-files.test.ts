import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { createApplication } from '../../http/application.ts'
import { RecordedLog } from '../../../test/support/recorded-log.ts'
import { sdkFile, sdkFiles } from './sdk-files.ts'

const kept = readFileSync(new URL('../../../sdk/dist/gitple-live-sdk.min.js', import.meta.url))
const { version, integrity, path, fixedPath } = sdkFile()

let app: FastifyInstance
before(async () => {
  app = await createApplication({
    log: new RecordedLog(),
    mounts: [sdkFiles()],
    maxBodyBytes: 1000,
    requestTimeoutMs: 1000,
    trustedProxyHops: 0,
  })
})
after(() => app.close())

test('both addresses have the file, for pages of every origin', async () => {
  assert.equal(path, '/sdk/gitple-live-sdk-v1.min.js')
  assert.equal(fixedPath, `/sdk/gitple-live-sdk-v${version}.min.js`)
  for (const url of [path, fixedPath]) {
    const { statusCode, headers, rawPayload } = await app.inject({ url, headers: { origin: 'https://shop.example' } })
    assert.equal(statusCode, 200)
    assert.equal(headers['content-type'], 'text/javascript; charset=utf-8')
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.equal(headers['cross-origin-resource-policy'], 'cross-origin')
    assert.deepEqual(rawPayload, kept)
  }
})

test('the one that follows is asked about often, the one that stays never', async () => {
  const caching = async (url: string) => (await app.inject({ url })).headers['cache-control']
  assert.equal(await caching(path), 'public, max-age=600, must-revalidate')
  assert.equal(await caching(fixedPath), 'public, max-age=31536000, immutable')
})

test('who has it already is told so', async () => {
  const { etag = '' } = (await app.inject({ url: path })).headers
  for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const { statusCode, rawPayload } = await app.inject({ url: path, headers: { 'if-none-match': tag } })
    assert.deepEqual([statusCode, rawPayload.length], [304, 0])
  }
  assert.equal((await app.inject({ url: path, headers: { 'if-none-match': '"other"' } })).statusCode, 200)
})

test('it is zipped for those who take that', async () => {
  const { headers, rawPayload } = await app.inject({ url: path, headers: { 'accept-encoding': 'gzip, br' } })
  assert.equal(headers['content-encoding'], 'gzip')
  assert.ok(rawPayload.length < kept.length / 2)
})

test('what goes into integrity= is the file’s', async () => {
  const about = (await app.inject({ url: '/sdk' })).json()
  assert.deepEqual(about, { version, integrity, path, fixedPath })
  assert.equal(integrity, `sha384-${createHash('sha384').update(kept).digest('base64')}`)
})

test('there is nothing else', async () => {
  for (const url of ['/sdk/gitple-live-sdk-v2.min.js', '/sdk/../package.json', '/sdk/gitple-live-sdk.js'])
    assert.equal((await app.inject({ url })).statusCode, 404)
})
