import { Type } from 'typebox'
import { maxChannelChars } from '../bridge/payload.ts'

/** What the OpenAPI document says of the REST beside the JWT socket. See docs/protocols/laravel.md. */

const channel = Type.String({ minLength: 1, maxLength: maxChannelChars, examples: ['chat:room1'] })
const data = Type.Record(Type.String(), Type.Unknown(), { examples: [{ message: 'hi', name: 'Ana' }] })
const Announcement = Type.Object(
  { channel, data, type: Type.Optional(Type.String({ default: 'message' })) },
  { title: 'Announcement' },
)
const KeptMessage = Type.Object(
  {
    id: Type.Integer({ examples: [41] }),
    at: Type.String({ format: 'date-time', examples: ['2026-01-02T03:04:05.006Z'] }),
    sender: Type.Object({
      name: Type.String({ examples: ['Ana'] }),
      id: Type.Integer({ description: 'Negative for who came over another protocol', examples: [7] }),
    }),
    data,
    target_user_id: Type.Optional(Type.Integer({ description: 'Of a message for one user' })),
  },
  { title: 'KeptMessage' },
)

const refused = (error: string, message: string) => ({ error, message })

export const laravelDocs = {
  tag: 'laravel',
  description: 'What a channel of the JWT socket kept, and what an application says in one.',
  securitySchemes: {
    token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The token of the socket' },
    secret: { type: 'http', scheme: 'bearer', description: 'The application’s secret' },
  },
  errors: {
    schema: Type.Object(
      {
        error: Type.String(),
        message: Type.String(),
        field: Type.Optional(Type.String({ description: 'The one that was wrong' })),
        id: Type.Optional(Type.String({ description: 'Of a failure of ours: it stands in the log' })),
      },
      { title: 'Error' },
    ),
    statuses: {
      400: { when: 'A parameter or a message is wrong', example: refused('invalid', 'limit: must be >= 1') },
      401: { when: 'The token or the secret is wrong', example: refused('unauthorized', 'a bearer token is needed') },
      413: { when: 'A message is too long', example: refused('too_large', 'The request is too large.') },
      415: { when: 'No JSON', example: refused('invalid', 'This kind of content is not understood here.') },
      429: { when: 'Too much at once', example: refused('rate_limited', 'too many requests, slow down') },
      500: {
        when: 'Our fault: the id stands in the log',
        example: { ...refused('internal', 'Something went wrong on our side.'), id: 'b7f0c1deA2x9' },
      },
    },
    everywhere: [429, 500],
  },
  routes: {
    'GET /api/laravel/messages': {
      description: 'The newest below `before`, oldest first. `before` of the answer goes on; null at the end.',
      security: [{ token: [] }],
      answers: {
        200: Type.Object({
          channel,
          messages: Type.Array(KeptMessage),
          before: Type.Union([Type.Integer({ examples: [41] }), Type.Null()]),
        }),
      },
    },
    'POST /api/laravel/:id/broadcast': {
      description: 'Answered when all that is to be kept is on the disk.',
      security: [{ secret: [] }],
      params: Type.Object({ id: Type.String({ description: 'The application', examples: ['demo'] }) }),
      body: Type.Union([Announcement, Type.Array(Announcement, { minItems: 1, maxItems: 100 })]),
      answers: { 200: Type.Object({ ok: Type.Literal(true) }) },
    },
  },
}
