import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readQuery, refuseRequest as refuseRead, requestWindowMs } from './request-signature.ts'
import { sign, type Credentials } from './signatures.ts'

// The worked example of Pusher's own documentation.
const credentials = { key: '278d425bdf160c739803', secret: '7ad3773142a6692b25b8' }
const body = Buffer.from('{"name":"foo","channels":["project-3"],"data":"{\\"some\\":\\"data\\"}"}')
const query =
  'body_md5=ec365a775a4cd0599faeb73354201b6f&auth_version=1.0&auth_key=278d425bdf160c739803&auth_timestamp=1353088179&auth_signature=da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c'
const request = { method: 'POST', url: `/apps/3/events?${query}`, body }
const at = 1_353_088_179_000

function refuseRequest(by: Credentials, { method, url, body: bytes }: typeof request, now: number): string | null {
  const parameters = readQuery(url)
  if (parameters === null) return 'no query'
  return refuseRead(by, { method, path: url.split('?')[0]!, query: parameters, body: bytes }, now)
}

/** A request whose signature is right. */
function signed(method: string, path: string, parameters: Readonly<Record<string, string>>, text = ''): typeof request {
  const all: Record<string, string> = {
    auth_key: credentials.key,
    auth_timestamp: String(at / 1000),
    auth_version: '1.0',
    ...(text !== '' && { body_md5: createHash('md5').update(text).digest('hex') }),
    ...parameters,
  }
  const canonical = Object.keys(all)
    .sort()
    .map((name) => `${name}=${all[name]}`)
    .join('&')
  const query = new URLSearchParams({
    ...all,
    auth_signature: sign(credentials.secret, `${method}\n${path}\n${canonical}`),
  })
  return { method, url: `${path}?${query}`, body: Buffer.from(text) }
}

describe('signatures of requests', () => {
  test('the documentation’s example', () => assert.equal(refuseRequest(credentials, request, at), null))

  test('values are signed as they were before they were encoded', () => {
    const asked = signed('GET', '/apps/3/channels', { filter_by_prefix: 'presence-ü +&=', info: 'user_count' })
    assert.equal(refuseRequest(credentials, asked, at), null)
  })

  test('a path may be signed before or after it is encoded', () => {
    const asked = signed('POST', '/apps/3/users/ana b/terminate_connections', {}, '{}')
    const encoded = { ...asked, url: asked.url.replace('ana b', 'ana%20b') }
    assert.notEqual(refuseRequest(credentials, { ...encoded, url: encoded.url.replace('%20', '+') }, at), null)
    assert.equal(refuseRequest(credentials, encoded, at), null)
    const other = signed('POST', '/apps/3/users/ana%20b/terminate_connections', {}, '{}')
    assert.equal(refuseRequest(credentials, other, at), null)
  })

  test('the window', () => {
    assert.equal(refuseRequest(credentials, request, at + requestWindowMs), null)
    assert.equal(refuseRequest(credentials, request, at - requestWindowMs), null)
    assert.match(refuseRequest(credentials, request, at + requestWindowMs + 1) ?? '', /^Timestamp expired/)
    assert.match(refuseRequest(credentials, request, at - requestWindowMs - 1) ?? '', /^Timestamp expired/)
  })

  for (const [what, changed, reason] of [
    ['another method', { method: 'PUT' }, 'Invalid signature'],
    ['another path', { url: request.url.replace('/3/', '/4/') }, 'Invalid signature'],
    ['another parameter', { url: `${request.url}&info=x` }, 'Invalid signature'],
    ['another body', { body: Buffer.from(`${body} `) }, 'Invalid body_md5'],
    ['no body', { body: Buffer.alloc(0) }, 'Invalid body_md5'],
    ['no digest', { url: request.url.replace(/body_md5=\w+&/, '') }, 'Invalid body_md5'],
    ['another key', { url: request.url.replace('auth_key=2', 'auth_key=3') }, 'Invalid auth_key'],
    ['another version', { url: request.url.replace('1.0', '2.0') }, 'Invalid version number'],
    ['no time', { url: request.url.replace(/auth_timestamp=\d+/, 'auth_timestamp=1e9') }, 'Invalid auth_timestamp'],
    ['no signature', { url: request.url.replace(/&auth_signature=\w+/, '') }, 'Invalid signature'],
    ['a parameter twice', { url: `${request.url}&auth_key=x` }, 'no query'],
    ['no query', { url: '/apps/3/events' }, 'Invalid auth_key'],
    ['a broken escape', { url: `${request.url}&x=%` }, 'no query'],
  ] as const) {
    test(`${what} is refused`, () => assert.equal(refuseRequest(credentials, { ...request, ...changed }, at), reason))
  }

  test('a signature is one of its own application', () => {
    const other = { ...credentials, secret: `${credentials.secret}x` }
    assert.equal(refuseRequest(other, request, at), 'Invalid signature')
  })

  test('property: any parameters, and nothing throws', () => {
    const name = fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((one) => !/^auth_|^body_md5$/.test(one) && isWhole(one))
    const value = fc.string({ unit: 'binary' }).filter(isWhole)
    fc.assert(
      fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (parameters) => {
        const asked = signed('GET', '/apps/3/channels', parameters)
        assert.equal(refuseRequest(credentials, asked, at), null)
      }),
    )
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (url) => void readQuery(url)))
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (url) => {
        assert.notEqual(refuseRequest(credentials, { ...request, url }, at), null)
      }),
    )
  })
})

/** Halves of characters can't stand in an address. */
function isWhole(text: string): boolean {
  return text.isWellFormed() && text !== '__proto__'
}
