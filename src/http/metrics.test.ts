import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RecordedLog } from '../../test/support/recorded-log.ts'
import { createApplication } from './application.ts'
import { metrics, type MetricsOptions } from './metrics.ts'

async function application(options: Partial<MetricsOptions> = {}) {
  const mount = metrics({ token: null, behindProxy: false, text: async () => 'parlance_info 1\n', ...options })
  const limits = { maxBodyBytes: 1000, requestTimeoutMs: 5000, trustedProxyHops: 0 }
  return createApplication({ log: new RecordedLog(), mounts: [mount], ...limits })
}

type Asked = { readonly headers?: Record<string, string>; readonly remoteAddress?: string }

describe('GET /metrics', () => {
  test('without a token this machine may ask, and nobody who comes from elsewhere or through a proxy', async () => {
    const app = await application()
    const status = async (asked: Asked) => (await app.inject({ url: '/metrics', ...asked })).statusCode
    const here = await app.inject('/metrics')
    assert.deepEqual([here.statusCode, here.body], [200, 'parlance_info 1\n'])
    assert.match(String(here.headers['content-type']), /^text\/plain; version=0\.0\.4/)
    for (const host of ['127.0.0.1:8080', '[::1]:8080', 'localhost', '127.1.2.3'])
      assert.equal(await status({ headers: { host } }), 200, host)
    for (const remoteAddress of ['::1', '::ffff:127.0.0.1']) assert.equal(await status({ remoteAddress }), 200)
    for (const remoteAddress of ['192.168.0.7', '::ffff:10.0.0.1', '2001:db8::1'])
      assert.equal(await status({ remoteAddress }), 403, remoteAddress)
    for (const host of ['chat.example', 'localhost.evil.example', '127.0.0.1.evil.example:8080', '[::1].evil.example'])
      assert.equal(await status({ headers: { host } }), 403, host)
    for (const name of ['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'Via', 'X-Forwarded-Host'])
      assert.equal(await status({ headers: { [name]: '127.0.0.1' } }), 403, name)
  })

  test('behind a proxy everybody comes from this machine, so nobody may ask without a token', async () => {
    const answer = await (await application({ behindProxy: true })).inject('/metrics')
    assert.equal(answer.statusCode, 403)
    assert.match(answer.body, /PARLANCE_METRICS_TOKEN/)
  })

  test('with a token whoever shows it may ask, from everywhere, and nobody else', async () => {
    const token = 'a-token-of-prometheus'
    const app = await application({ token, behindProxy: true })
    const status = async (authorization?: string) => {
      const headers = { host: 'chat.example', ...(authorization !== undefined && { authorization }) }
      return (await app.inject({ url: '/metrics', headers, remoteAddress: '10.0.0.1' })).statusCode
    }
    assert.equal(await status(`Bearer ${token}`), 200)
    assert.equal(await status(`bearer ${token}`), 200)
    const wrong = [undefined, '', 'Bearer', 'Bearer ', token, `Basic ${token}`, `Bearer ${token}x`, `Bearer x${token}`]
    for (const one of wrong) assert.equal(await status(one), 401, String(one))
    const here = await app.inject('/metrics')
    assert.equal(here.statusCode, 401)
  })
})
