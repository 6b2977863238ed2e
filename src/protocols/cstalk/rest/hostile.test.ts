import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { DeskRest } from '../../../../test/support/desk-rest.ts'

const methods = ['GET', 'POST', 'PUT', 'DELETE'] as const

/** Every route with a body or parameters, and the fields that it reads. */
const routes = [
  ['POST', '/auth/login', ['companyId', 'loginName', 'password']],
  ['POST', '/auth/loginAdmin', ['companyId', 'loginName', 'password']],
  ['POST', '/auth/loginCustomer', ['companyId', 'gasappMemberNumber', 'secretKey']],
  [
    'GET',
    '/api/room',
    ['queryId', 'searchType', 'searchValue', 'sort', 'checkSelf', 'startDate', 'endDate', 'page', 'pageSize'],
  ],
  ['POST', '/api/room/1/matchRoom', ['timeMessage']],
  ['POST', '/api/room/1/transferRoom', ['transferType', 'memberId']],
  ['GET', '/api/room/1/findSearchJoinHistory', ['message']],
  ['GET', '/api/message', ['queryId', 'roomId', 'startId', 'endId', 'pageSize']],
  ['GET', '/api/message/noreadForCustomer', ['gasappMemberNumber', 'companyId']],
  ['DELETE', '/api/message/1', ['roomId']],
  ['POST', '/api/file/download', ['fileUrl', 'id']],
  ['DELETE', '/api/file', ['fileUrl', 'id']],
  ['GET', '/api/member', ['searchType', 'searchValue', 'page', 'pageSize']],
  ['POST', '/api/member', ['loginName', 'password', 'name', 'authLevel', 'deptName']],
  ['PUT', '/api/member/3', ['name', 'authLevel', 'deptName', 'positionName']],
  ['PUT', '/api/member/3/state', ['state']],
  ['GET', '/api/customer', ['searchType', 'searchValue', 'isBlockCustomer', 'page', 'pageSize']],
  ['PUT', '/api/customer/3825/block', ['blockType', 'remark']],
  ['GET', '/api/auto-message', ['type']],
  ['POST', '/api/auto-message', ['type', 'message']],
  ['PUT', '/api/auto-message/1', ['type', 'message']],
  ['GET', '/api/template', ['searchType', 'searchValue', 'categorySmallId', 'page', 'pageSize']],
  ['POST', '/api/template', ['ask', 'reply', 'categorySmallId', 'linkUrl']],
  ['PUT', '/api/template/2', ['ask', 'reply', 'imagePath']],
  ['GET', '/api/review', ['page', 'pageSize']],
] as const

/** Words that are right somewhere, so that what is random gets past the first check. */
const words = [
  'findReadyState',
  'findIngState',
  'findSearchCloseState',
  'findRangeById',
  'findByRoomIdAll',
  'getCurrentTimeStats',
  'message',
  'customerName',
]
const more = [
  'memberName',
  'gasappMemberNumber',
  'ready',
  'toMember',
  '2020-12-18',
  'Y',
  '1',
  '3825',
  '9007199254740991',
  '\ud800',
  '\0',
  '%',
  "'; --",
  'constructor',
]
const value = fc.oneof(
  fc.constantFrom(...words, ...more),
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.jsonValue(),
)

const body = (fields: readonly string[]) =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record(Object.fromEntries(fields.map((field) => [field, value])), { requiredKeys: [] }),
    },
    { weight: 1, arbitrary: fc.jsonValue() },
  )

describe('whatever is sent, the answer is no failure of ours', () => {
  for (const [method, path, fields] of routes) {
    test(`${method} ${path}`, async () => {
      await using rest = await DeskRest.open()
      const sora = await rest.token('sora')
      await rest.waiting(3825)
      await rest.ask('POST', '/api/auto-message', { as: sora, body: { type: 0, message: '안녕' } })
      await rest.ask('POST', '/api/template', { as: sora, body: { ask: 'a', reply: 'b' } })
      const property = fc.asyncProperty(body(fields), fc.boolean(), async (content, inBody) => {
        const asQuery = method === 'GET' || !inBody
        const query = toQuery(content)
        const sent =
          method === 'GET' ? {} : { body: JSON.stringify(content), headers: { 'content-type': 'application/json' } }
        const { status, json, headers } = await rest.ask(method, asQuery ? `${path}?${query}` : path, {
          as: sora,
          ...sent,
        })
        assert.ok(status < 500, `${status} ${JSON.stringify(content)} ${JSON.stringify(json)}`)
        // Nothing of ours is slow enough to matter here, so that what follows is not refused by a limit.
        assert.notEqual(status, 429)
        if (status >= 400) assert.deepEqual(Object.keys(json), ['status', 'name', 'message', 'trace'])
        assert.match(headers['content-type'] ?? 'application/json', /^application\/json/)
      })
      // A login hashes a password, which takes its time on purpose.
      await fc.assert(property, { numRuns: path.startsWith('/auth') ? 15 : 40 })
      assert.deepEqual(rest.log.of('error'), [])
    })
  }

  test('bodies that are no JSON, too large, of an unknown kind, or reach for prototypes', async () => {
    await using rest = await DeskRest.open()
    const as = await rest.token('sora')
    const post = (text: string, type = 'application/json') =>
      rest.ask('POST', '/api/template', { as, body: text, headers: { 'content-type': type } })
    assert.deepEqual([(await post('{')).status, (await post('{')).json.name], [400, 'BAD_REQUEST'])
    assert.equal((await post('{"__proto__":{"ask":"a","reply":"b"}}')).status, 400)
    assert.equal((await post('{"constructor":{"prototype":{"ask":"a"}}}')).status, 400)
    assert.deepEqual(
      [
        (await post(`{"ask":"${'x'.repeat(70_000)}"}`)).status,
        (await post(`{"ask":"${'x'.repeat(70_000)}"}`)).json.name,
      ],
      [413, 'PAYLOAD_TOO_LARGE'],
    )
    assert.deepEqual(
      [(await post('<a/>', 'text/xml')).status, (await post('<a/>', 'text/xml')).json.name],
      [415, 'UNSUPPORTED_MEDIA_TYPE'],
    )
    assert.equal(({} as Record<string, unknown>)['ask'], undefined)
  })

  test('a failure of ours is logged once, with the id that the client sees', async () => {
    await using rest = await DeskRest.open()
    const as = await rest.token('sora')
    const user = (await rest.store.users.byId('seoul' as never, rest.ids.sora))!
    await rest.store.users.update('seoul' as never, user.id, { name: 'x' })
    await rest.store.documents.add('seoul' as never, 'cstalk.auto_messages', { type: 0, message: 'x' })
    rest.desk.companies.get('1')!.time.text = () => {
      throw new Error('SQLITE_ERROR: no such table')
    }
    const { status, json } = await rest.ask('GET', '/api/auto-message', { as })
    assert.deepEqual([status, json.name], [500, 'INTERNAL_SERVER_ERROR'])
    assert.doesNotMatch(json.message, /SQLITE/)
    const [logged, ...others] = rest.log.of('error')
    assert.equal(others.length, 0)
    assert.ok(json.message.includes(String(logged?.fields['id'])))
  })
})

test('a token is asked for on every route but the open ones', async () => {
  await using rest = await DeskRest.open()
  const open = new Set(['/auth/login', '/auth/loginAdmin', '/auth/loginCustomer', '/api/message/noreadForCustomer'])
  const closed: (readonly [(typeof methods)[number], string])[] = routes
    .filter(([, path]) => !open.has(path))
    .map(([method, path]) => [method, path])
  for (const [method, path] of [
    ...closed,
    ['GET', '/auth/profile'],
    ['GET', '/api/room/1'],
    ['POST', '/api/room/1/closeRoom'],
    ['POST', '/api/file/upload'],
  ] as const) {
    assert.equal((await rest.ask(method, path)).status, 401, `${method} ${path}`)
  }
})

function toQuery(content: unknown): URLSearchParams {
  const query = new URLSearchParams()
  for (const [name, one] of Object.entries(content ?? {}))
    query.append(name, typeof one === 'object' ? JSON.stringify(one) : String(one))
  return query
}
