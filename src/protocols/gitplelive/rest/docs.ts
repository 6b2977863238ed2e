import { Type } from 'typebox'
import { channel, failure } from '../answers.ts'
import { failures } from '../failures.ts'
import type { Operation } from '../operation.ts'
import { operations } from '../operations/operations.ts'
import { addresses } from './addresses.ts'

/** What the OpenAPI document says of this REST beside the routes' own schemas. */

const refused = (name: keyof typeof failures) => {
  const { status, code, message } = failures[name]
  return { status, timestamp: 1660122025159, path: '/v1/users', name, code, message, reference: 'dGhlIHJlcXVl' }
}

const platform = [{ appId: [], apiKey: [] }]
const users = [{ session: [] }]

const send = {
  form: Type.Object({
    file: Type.String({ format: 'binary', description: 'Comes with its name' }),
    user_id: Type.Optional(Type.String({ description: 'Who sends it; users may leave it out' })),
    content: Type.Optional(Type.String({ maxLength: 1000, description: 'A caption' })),
    meta: Type.Optional(Type.String({ description: 'Pairs, as JSON' })),
  }),
  headers: Type.Object({
    'idempotency-key': Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'The same again is answered with the first message',
        examples: ['c0ffee'],
      }),
    ),
  }),
}

/** With `reuse`. */
const create = {
  answers: { 201: channel, 200: Type.Union([channel], { description: 'The one that there is already' }) },
}

const forUsers = addresses.filter(({ operation: name }) => {
  const operation: Operation = operations[name]
  return !operation.platformOnly
})
const ofUsers = forUsers.map(({ method, path }) => {
  const isSend = method === 'POST' && path.endsWith('/messages')
  const isCreate = method === 'POST' && path === '/group/channels'
  return [`${method} /v1/client${path}`, { security: users, ...(isSend && send), ...(isCreate && create) }] as const
})

export const gitpleliveDocs = {
  tag: 'gitplelive',
  description:
    'Group channels. Below /v1 for an app’s own servers, which may do everything; below /v1/client for users with a session token, each for itself. Times are Unix milliseconds.',
  securitySchemes: {
    appId: { type: 'apiKey', in: 'header', name: 'APP_ID' },
    apiKey: { type: 'apiKey', in: 'header', name: 'APP_API_KEY', description: 'For servers: it opens everything' },
    session: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Of POST /v1/users/{user_id}/token' },
  },
  security: platform,
  errors: {
    schema: failure,
    statuses: {
      400: { when: 'Refused: `code` and `name` say why, `message` names the field', example: refused('parameters') },
      401: { when: 'Wrong or missing keys, or a session token that is not good', example: refused('unauthorized') },
      413: { when: 'The body is too large', example: { ...refused('parameters'), status: 413 } },
      415: { when: 'A body that is neither JSON nor a form', example: { ...refused('parameters'), status: 415 } },
      429: { when: 'Too many requests', example: refused('too_many_requests') },
      500: { when: 'Our fault: the reference stands in the log', example: refused('internal') },
    },
    everywhere: [429, 500],
  },
  routes: {
    ...Object.fromEntries(ofUsers),
    'POST /v1/group/channels': create,
    'POST /v1/group/channels/:channel_id/messages': send,
    'GET /v1/health': {
      security: [],
      answers: {
        200: { type: 'string', contentMediaType: 'text/plain', examples: ['Health!'] },
        503: { type: 'string', contentMediaType: 'text/plain', examples: ['failing'] },
      },
    },
  },
}
