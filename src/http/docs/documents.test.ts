import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { RecordedLog } from '../../../test/support/recorded-log.ts'
import { createApplication } from '../application.ts'
import type { Mount } from '../mount.ts'
import { documents, type DocumentsOptions } from './documents.ts'
import { ServedRoutes } from './served-routes.ts'

const hostile = '</style><script>alert(1)</script>'

const desk: Mount = {
  prefixes: ['/desk'],
  docs: {
    tag: 'desk',
    description: hostile,
    security: [{ token: ['agent'] }],
    securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    errors: {
      schema: Type.Object({ reason: Type.String() }, { title: 'Error' }),
      statuses: { 400: { when: 'Wrong', example: { reason: 'no' } }, 401: { when: 'Who', example: { reason: 'who' } } },
    },
    routes: {
      'POST /desk/room/:id/': { summary: hostile, answers: { 201: Type.Object({ id: Type.Integer() }), 204: null } },
    },
  },
  routes: (scope) => {
    const body = Type.Object({ name: Type.String({ examples: ['<b>'], description: hostile }) })
    for (const url of ['/desk/room/:id', '/desk/room/:id/']) scope.post(url, { schema: { body } }, () => ({ id: 1 }))
    scope.get(
      '/desk/rooms',
      { schema: { summary: 'All', querystring: Type.Object({ page: Type.Integer() }) } },
      () => [],
    )
    scope.options('/desk/rooms', () => '')
  },
}

async function application(options: Partial<DocumentsOptions> = {}) {
  const routes = new ServedRoutes()
  const url = () => 'http://127.0.0.1:8080'
  const paper = documents({ title: 'T', version: '1', publicUrl: null, url, routes, sockets: [], ...options })
  const app = await createApplication({
    log: new RecordedLog(),
    mounts: [desk, paper],
    onRoute: (mount, route) => routes.add(mount.docs, route),
    maxBodyBytes: 1000,
    requestTimeoutMs: 5000,
    trustedProxyHops: 0,
  })
  return app
}

interface Document {
  readonly servers: unknown
  readonly paths: Record<string, Record<string, Record<string, unknown>>>
}

test('a route says what its schema and its docs say, once with and without the slash', async () => {
  const app = await application()
  const { paths, servers } = (await app.inject('/openapi.json')).json<Document>()
  assert.deepEqual(servers, [{ url: '/' }])
  assert.deepEqual(Object.keys(paths), ['/desk/room/{id}/', '/desk/rooms', '/openapi.json', '/asyncapi.json', '/docs'])
  assert.deepEqual(Object.keys(paths['/desk/rooms'] ?? {}), ['get'])
  const post = paths['/desk/room/{id}/']?.['post']
  assert.deepEqual(post?.['security'], [{ 'desk.token': ['agent'] }])
  assert.deepEqual(post['parameters'], [
    { name: 'id', in: 'path', required: true, schema: { type: 'string' }, example: 'text' },
  ])
  const { content } = post['requestBody'] as { content: Record<string, { example: unknown }> }
  assert.deepEqual(content['application/json']?.example, { name: '<b>' })
  assert.deepEqual(post['responses'], {
    201: {
      description: 'Created',
      content: {
        'application/json': {
          schema: { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } },
          example: { id: 1 },
        },
      },
    },
    204: { description: 'No Content' },
    400: { $ref: '#/components/responses/desk.400' },
    401: { $ref: '#/components/responses/desk.401' },
  })
})

test('the public address is the one that documents name', async () => {
  const app = await application({ publicUrl: 'https://chat.example' })
  assert.deepEqual((await app.inject('/openapi.json')).json<Document>().servers, [{ url: 'https://chat.example' }])
})

test('the page runs nothing, loads nothing and escapes everything', async () => {
  const app = await application()
  const { body, headers } = await app.inject('/docs')
  assert.match(String(headers['content-type']), /^text\/html/)
  const policy = String(headers['content-security-policy'])
  assert.match(policy, /^default-src 'none'; style-src 'sha256-[\w+/=]{44}';/)
  assert.doesNotMatch(body, /<script|<link|<img|<iframe|style=|\son\w+=|https?:\/\//)
  assert.equal(body.match(/<\/style>/g)?.length, 1)
  assert.ok(body.includes('&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;'))
  assert.ok(body.includes('&lt;b&gt;'))
})

test('documents are kept by browsers, and by those that ask again', async () => {
  const app = await application()
  for (const url of ['/openapi.json', '/asyncapi.json', '/docs']) {
    const first = await app.inject(url)
    assert.equal(first.headers['cache-control'], 'public, max-age=300')
    const again = await app.inject({ url, headers: { 'if-none-match': `"x", ${String(first.headers['etag'])}` } })
    assert.deepEqual([again.statusCode, again.body], [304, ''])
    // A browser takes it in place of the one it kept, and would show the page without its style.
    assert.equal(again.headers['content-security-policy'], first.headers['content-security-policy'])
    const zipped = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip' } })
    assert.equal(zipped.headers['content-encoding'], 'gzip')
    const refused = await app.inject({ url, headers: { 'accept-encoding': 'gzip;q=0' } })
    assert.deepEqual(refused.rawPayload, first.rawPayload)
  }
})
