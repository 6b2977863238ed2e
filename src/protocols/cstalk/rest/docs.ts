import { Type, type TSchema } from 'typebox'
import {
  alreadyClosed,
  noSuchEntry,
  reasonOf,
  tooLargeFile,
  unknownCustomer,
  unsupportedBody,
  wrongLogin,
} from '../reasons.ts'
import { ChatError } from '../../../core/errors.ts'
import { ChangedCustomer, Customer, CustomerWithRoom, Member, Message, Room } from '../schemas.ts'
import { AutoMessage, Consultation, Counters, File, Review, Template } from './schemas.ts'

/** What the OpenAPI document says of the desk's REST besides the schemas of the routes. See docs/protocols/cstalk-rest.md. */

const anyone = [{ token: [] }]
const member = [{ token: ['member'] }]
const manager = [{ token: ['manager'] }]

const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMiJ9.c2lnbmF0dXJl'
const count = Type.Integer({ minimum: 0 })
const maybe = (schema: TSchema) => Type.Union([schema, Type.Null()])
const wrong = (who: string, reason: string) =>
  Type.Object(
    { token: Type.Null(), [who]: Type.Null(), reason: Type.String() },
    { examples: [{ token: null, [who]: null, reason }] },
  )
const list = (of: TSchema) => Type.Object({ totalCount: count, list: Type.Array(of) })
const done = Type.Object({ success: Type.Literal(true) })

const upload = {
  security: anyone,
  form: Type.Object({ file: Type.Unsafe<string>({ type: 'string', format: 'binary' }) }),
  answers: { 200: File },
  errors: [403],
}
const fileUrl = '/files/demo/Zk3v0aXw2TqO5mYd8nRb1w/boiler.jpg'
const withNumber = {
  params: Type.Object({ id: Type.String({ description: 'gasappMemberNumber', examples: ['3825'] }) }),
}
const changed = { ...withNumber, security: member, answers: { 200: ChangedCustomer }, errors: [403, 404] }
const taken = { security: member, answers: { 200: Room }, errors: [403, 404, 409] }

function entries(path: string, shown: TSchema, listed: TSchema, example: object) {
  const one = { answers: { 200: shown }, errors: [403, 404] }
  return {
    [`GET ${path}`]: { security: member, answers: { 200: listed }, errors: [403] },
    [`GET ${path}/:id`]: { ...one, security: member },
    [`POST ${path}`]: { ...one, security: manager, example, errors: [403, 409] },
    [`PUT ${path}/:id`]: { ...one, security: manager, example, description: 'Any part of it.' },
    [`DELETE ${path}/:id`]: { ...one, security: manager, answers: { 200: done } },
  }
}

const refused = (status: number, name: string, message: string) => ({ status, name, message, trace: null })

export const cstalkDocs = {
  tag: 'cstalk',
  description: 'The consultation desk. Dates are local to the company; integers may come as digits.',
  securitySchemes: {
    token: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description:
        'Of /auth/login, /auth/loginAdmin or /auth/loginCustomer. Where no role is said, a customer’s is enough.',
    },
  },
  errors: {
    schema: Type.Object(
      {
        status: Type.Integer(),
        name: Type.String(),
        message: Type.String({ description: 'For the person at the desk' }),
        trace: Type.Null(),
      },
      { title: 'Error' },
    ),
    statuses: {
      400: {
        when: 'A parameter is missing, of the wrong kind or out of its range; no JSON',
        example: refused(400, 'BAD_REQUEST', '필수 파라미터(roomId)가 누락되었습니다.'),
      },
      401: {
        when: 'No token, a broken or expired one',
        example: refused(401, 'UNAUTHORIZED', reasonOf(new ChatError('unauthorized', ''))),
      },
      403: {
        when: 'The token is good, and not for this',
        example: refused(403, 'FORBIDDEN', reasonOf(new ChatError('forbidden', ''))),
      },
      404: { when: 'Not there, or another company’s', example: refused(404, 'NOT_FOUND', noSuchEntry) },
      409: { when: 'Taken, closed, read or used already', example: refused(409, 'CONFLICT', alreadyClosed) },
      413: { when: 'The body or the file is too large', example: refused(413, 'PAYLOAD_TOO_LARGE', tooLargeFile) },
      415: {
        when: 'A body that is not understood',
        example: refused(415, 'UNSUPPORTED_MEDIA_TYPE', unsupportedBody),
      },
      429: {
        when: 'Too many requests, uploads or failed logins',
        example: refused(429, 'TOO_MANY_REQUESTS', reasonOf(new ChatError('rate_limited', ''))),
      },
      500: {
        when: 'Our fault: the id stands in the log',
        example: refused(500, 'INTERNAL_SERVER_ERROR', reasonOf(new ChatError('internal', 'b7f0c1de'))),
      },
    },
    everywhere: [429, 500],
  },
  routes: {
    'POST /auth/login': {
      description: 'A wrong name or password is answered with 200 too.',
      example: { companyId: '1', loginName: 'agent1', password: 'parlance-demo' },
      answers: {
        200: Type.Union([
          Type.Object({ token: Type.String({ examples: [token] }), profile: Member }),
          wrong('member', wrongLogin),
        ]),
      },
    },
    'POST /auth/loginAdmin': {
      description: 'The company is needed where two have a manager of that name.',
      example: { loginName: 'manager1', password: 'parlance-demo' },
      answers: {
        200: Type.Union([
          Type.Object({ token: Type.String({ examples: [token] }), admin: Member }),
          wrong('admin', wrongLogin),
        ]),
      },
    },
    'POST /auth/loginCustomer': {
      description: 'A number that is new gets an account and its one permanent room.',
      example: { companyId: '1', gasappMemberNumber: '3825' },
      answers: {
        200: Type.Union([
          Type.Object({ token: Type.String({ examples: [token] }), customer: CustomerWithRoom }),
          wrong('customer', unknownCustomer),
        ]),
      },
    },
    'GET /auth/profile': { security: anyone, answers: { 200: Type.Union([Member, CustomerWithRoom]) } },
    'GET /commons/health': {
      answers: {
        200: Type.Object({ status: Type.Literal('UP') }),
        503: Type.Object({ status: Type.Literal('DOWN') }, { description: 'The store takes no writes' }),
      },
    },
    'GET /api/room': {
      security: member,
      description: 'The header x-total-count says how many rooms there are in all, exact up to 10,000.',
      answers: { 200: Type.Union([Type.Array(Room), Counters]) },
      errors: [403],
    },
    'GET /api/room/:id': { security: anyone, answers: { 200: Room }, errors: [404] },
    'POST /api/room/:id/matchRoom': {
      ...taken,
      description: 'Null when there is no such room.',
      example: { timeMessage: '김상담입니다.' },
      answers: { 200: maybe(Room) },
      errors: [403, 409],
    },
    'POST /api/room/:id/closeRoom': taken,
    'POST /api/room/:id/transferRoom': { ...taken, example: { transferType: 'toMember', memberId: 13 } },
    'GET /api/room/:id/findSearchJoinHistory': {
      security: member,
      answers: { 200: Type.Array(Consultation) },
      errors: [403, 404],
    },
    'GET /api/message': { security: anyone, answers: { 200: Type.Array(Message) }, errors: [404] },
    'DELETE /api/message/:id': {
      security: member,
      description: 'Ids count per room: without one, the room that the member’s socket joined last is meant.',
      example: { roomId: 147 },
      answers: { 200: done },
      errors: [403, 404, 409],
    },
    'GET /api/message/noreadForCustomer': {
      query: Type.Object({
        gasappMemberNumber: Type.String({ examples: ['3825'] }),
        companyId: Type.Optional(Type.String({ examples: ['1'] })),
      }),
      answers: { 200: Type.Object({ count }) },
    },
    'POST /api/file/upload': upload,
    'POST /api/file/uploadWithThumbnail': upload,
    'POST /api/file/download': {
      security: anyone,
      example: { fileUrl },
      answers: { 303: Type.Null({ description: 'To the file' }) },
      errors: [404],
    },
    'DELETE /api/file': { security: member, example: { fileUrl }, answers: { 200: done }, errors: [403, 404] },
    'GET /api/member': { security: member, answers: { 200: list(Member) }, errors: [403] },
    'GET /api/member/:id': { security: member, answers: { 200: Member }, errors: [403, 404] },
    'POST /api/member': {
      security: manager,
      example: { loginName: 'agent3', password: 'long enough', name: '박상담', authLevel: 4 },
      answers: { 200: Member },
      errors: [403, 409],
    },
    'PUT /api/member/:id': {
      security: member,
      description: 'Oneself; managers change others too, but nobody stronger than themselves.',
      example: { name: '박상담', positionName: '팀장' },
      answers: { 200: Member },
      errors: [403, 404],
    },
    'PUT /api/member/:id/state': { security: member, example: { state: 1 }, answers: { 200: Member }, errors: [403] },
    'GET /api/customer': { security: member, answers: { 200: list(Customer) }, errors: [403] },
    'PUT /api/customer/:id/block': { ...changed, example: { remark: '욕설' } },
    'DELETE /api/customer/:id/block': changed,
    'PUT /api/customer/:id/swear': changed,
    'PUT /api/customer/:id/insult': changed,
    ...entries('/api/auto-message', AutoMessage, Type.Array(AutoMessage), { type: 0, message: '안녕하세요!' }),
    ...entries('/api/template', Template, list(Template), {
      ask: '요금은 언제 나오나요?',
      reply: '매월 5일에 나옵니다.',
    }),
    'GET /api/review': {
      security: manager,
      answers: {
        200: Type.Object({
          count,
          list: Type.Array(Review),
          averageScore: maybe(Type.Number({ examples: [4.5] })),
          scoreCounts: Type.Record(Type.String(), count, { examples: [{ 1: 0, 2: 0, 3: 0, 4: 1, 5: 1 }] }),
        }),
      },
      errors: [403],
    },
  },
}
