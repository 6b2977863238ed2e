import { Type, type TSchema } from 'typebox'
import { maxEventNameChars } from '../../../../wire/pusher/in-frames.ts'
import { attributes, maxBatchEvents } from './event-body.ts'

/**
 * What the OpenAPI document says of the HTTP API of Pusher, and of laravel-echo-server's, which has the same addresses:
 * signed requests are the one's, requests with the secret the other's. See docs/protocols/pusher.md.
 */

const channelName = Type.String({ examples: ['presence-Chat.room1'] })
const name = Type.String({ minLength: 1, maxLength: maxEventNameChars, examples: ['App\\Events\\ChatMessageSent'] })
const data = Type.String({ description: 'Mostly JSON', examples: ['{"message":"hi"}'] })
const socketId = Type.Optional(Type.String({ description: 'Who doesn’t hear it', examples: ['123.456'] }))
const info = Type.Optional(
  Type.String({ description: `Of ${attributes.join(', ')}, with commas`, examples: ['user_count'] }),
)
const count = Type.Integer({ minimum: 0 })

const Attributes = Type.Object(
  {
    user_count: Type.Optional(Type.Integer({ minimum: 0, examples: [2] })),
    subscription_count: Type.Optional(count),
    cache: Type.Optional(Type.Object({ data: Type.String(), ttl: Type.Integer() })),
  },
  { title: 'Attributes' },
)
const byChannel = (of: TSchema, example: object) =>
  Type.Record(Type.String(), of, { examples: [{ 'presence-Chat.room1': example }] })
const Count = Type.Object({ subscription_count: count, occupied: Type.Boolean() }, { title: 'Count' })
const channels = Type.Object({ channels: byChannel(Attributes, { user_count: 2 }) })

const signature = Type.Object({
  auth_key: Type.String({ examples: ['demo-key'] }),
  auth_timestamp: Type.Integer({ description: 'Seconds since 1970', examples: [1_671_176_400] }),
  auth_version: Type.Literal('1.0'),
  body_md5: Type.Optional(Type.String({ description: 'Of a body, in hexadecimal digits' })),
  auth_signature: Type.String({
    description: 'HMAC-SHA256, with the secret, of the method, the path and the sorted query, on three lines',
    examples: ['f8e9b2a0d1c34756'],
  }),
})
const asking = (more: Record<string, TSchema>) => Type.Partial(Type.Object({ ...signature.properties, ...more }))

const params = Type.Object({ appId: Type.String({ examples: ['demo'] }) })
const ofChannel = Type.Object({ ...params.properties, channel: channelName })
const signed = [{ signature: [] }]
const either = [{ signature: [] }, { secret: [] }]

export const pusherDocs = {
  tag: 'pusher',
  description: 'The HTTP API of Pusher; unsigned and with the application’s secret, that of laravel-echo-server.',
  securitySchemes: {
    signature: {
      type: 'apiKey',
      in: 'query',
      name: 'auth_signature',
      description: 'With auth_key, auth_timestamp, auth_version and body_md5, as the libraries of Pusher sign',
    },
    secret: { type: 'http', scheme: 'bearer', description: 'The application’s secret; `?auth_key=` does too' },
  },
  errors: {
    schema: Type.String({ contentMediaType: 'text/plain' }),
    statuses: {
      400: {
        when: 'What is asked makes no sense. Unsigned, {"error"} says why',
        example: 'Missing required parameter: name\n',
      },
      401: { when: 'The signature is not good', example: 'Invalid signature\n' },
      403: {
        when: 'The secret is not good',
        schema: Type.Object({ error: Type.String() }),
        example: { error: 'Unauthorized' },
      },
      404: { when: 'No such application', example: 'No such app\n' },
      413: {
        when: 'The data of an event is too large',
        example: 'The data content of this event exceeds the allowed maximum (10240 bytes)\n',
      },
    },
    everywhere: [404],
  },
  routes: {
    'POST /apps/:appId/events': {
      summary: 'An event, in up to 100 channels',
      security: either,
      params,
      query: asking({}),
      body: Type.Object({
        name,
        data,
        channels: Type.Optional(Type.Array(channelName, { maxItems: 100, examples: [['presence-Chat.room1']] })),
        channel: Type.Optional(Type.String()),
        socket_id: socketId,
        info,
      }),
      answers: {
        200: Type.Union([channels, Type.Object({}), Type.Object({ message: Type.Literal('ok') })], {
          description: 'What `info` asked for, else an empty object; unsigned {"message":"ok"}',
        }),
      },
      errors: [403, 413],
    },
    'POST /apps/:appId/batch_events': {
      summary: 'Several events',
      security: signed,
      params,
      query: signature,
      body: Type.Object({
        batch: Type.Array(Type.Object({ name, data, channel: channelName, socket_id: socketId, info }), {
          maxItems: maxBatchEvents,
        }),
      }),
      answers: {
        200: Type.Object({ batch: Type.Optional(Type.Array(Attributes, { examples: [[{ user_count: 2 }]] })) }),
      },
      errors: [413],
    },
    'GET /apps/:appId/channels': {
      summary: 'Channels that somebody is in',
      security: either,
      params,
      query: asking({
        filter_by_prefix: Type.String({ examples: ['presence-'] }),
        info: Type.String({ examples: ['user_count'] }),
      }),
      answers: {
        200: Type.Union([
          channels,
          Type.Object({ channels: byChannel(Count, { subscription_count: 3, occupied: true }) }),
        ]),
      },
      errors: [403],
    },
    'GET /apps/:appId/channels/:channel': {
      summary: 'A channel',
      security: either,
      params: ofChannel,
      query: asking({ info: Type.String({ examples: ['user_count'] }) }),
      answers: { 200: Type.Object({ occupied: Type.Boolean(), ...Attributes.properties }) },
      errors: [403],
    },
    'GET /apps/:appId/channels/:channel/users': {
      summary: 'Who is in a presence channel',
      security: either,
      params: ofChannel,
      query: asking({}),
      answers: {
        200: Type.Object({
          users: Type.Array(
            Type.Object({
              id: Type.String({ examples: ['7'] }),
              user_info: Type.Optional(Type.Unknown({ description: 'Unsigned' })),
            }),
          ),
        }),
      },
      errors: [403],
    },
    'GET /apps/:appId/connections': {
      summary: 'How many connections there are',
      security: signed,
      params,
      query: signature,
      answers: { 200: Type.Object({ connections: count }) },
    },
    'POST /apps/:appId/users/:userId/terminate_connections': {
      summary: 'Close the connections of a user',
      security: signed,
      params: Type.Object({ ...params.properties, userId: Type.String({ examples: ['7'] }) }),
      query: signature,
      answers: { 200: Type.Object({}) },
    },
    'GET /apps/:appId/status': {
      summary: 'How laravel-echo-server is',
      security: [{ secret: [] }],
      params,
      answers: {
        200: Type.Object({
          subscription_count: count,
          uptime: Type.Number({ description: 'Seconds', examples: [86_400.5] }),
          memory_usage: Type.Record(Type.String(), count, { examples: [{ rss: 90_000_000 }] }),
        }),
      },
      errors: [403],
    },
  },
}
