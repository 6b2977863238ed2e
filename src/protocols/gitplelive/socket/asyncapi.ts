import { Type, type TObject, type TSchema } from 'typebox'
import * as answers from '../answers.ts'
import { channelId, messageId } from '../fields.ts'
import type { Operation } from '../operation.ts'
import { operations } from '../operations/operations.ts'
import { capabilities } from './channel-encoding.ts'

/** What the AsyncAPI document says of the SDK's socket. See docs/protocols/gitplelive.md. */

const ref = Type.Integer({ description: 'The asker’s own number: the one reply has it', examples: [1] })
const count = Type.Integer({ minimum: 0, examples: [7] })
const epoch = Type.Integer({ minimum: 0, description: 'When the channel was made', examples: [1660115878567] })
const position = Type.Tuple([count, epoch], { description: 'An event of the channel, and when the channel was made' })
const positions = Type.Record(Type.String(), position, {
  description: 'By channel_id',
  examples: [{ channel_1: [7, 1660115878567] }],
})
const wanted = Type.Array(Type.Enum([...capabilities]), { examples: [['resume', 'typing']] })
const pending = Type.Array(channelId, { description: 'Channels with more, to be asked for', examples: [[]] })
const code = Type.Object({
  code: Type.Integer({ examples: [1001] }),
  name: Type.String({ examples: ['parameters'] }),
  message: Type.String({ examples: ['content: is required'] }),
})

const asked = Object.entries<Operation>(operations)
  .filter(([, { platformOnly }]) => !platformOnly)
  .map(([name, { summary, clientInput, output }]) => {
    const { properties } = clientInput as TObject
    const payload = Type.Object({ type: Type.Literal(name), ref, ...properties })
    const data = output ? { data: output } : {}
    return [name, { summary, payload, ack: Type.Object({ ...reply(Type.Literal(true)), ...data }) }] as const
  })

function reply(ok: TSchema) {
  return { type: Type.Literal('reply'), ref, ok }
}

const seq = Type.Optional(
  Type.Integer({ description: 'The channel’s position after it; not of what is not kept', examples: [8] }),
)

function event(name: string, summary: string, data: TObject) {
  return {
    summary,
    payload: Type.Object({
      type: Type.Literal('event'),
      event: Type.Literal(name),
      channel_id: channelId,
      seq,
      data,
    }),
  }
}

const aMessage = Type.Object({ message: answers.message, channel: answers.channel })
const aUser = Type.Object({ channel: answers.channel, user: answers.user })
const aChannel = Type.Object({ channel: answers.channel })
const aMark = Type.Object({ ...aUser.properties, message_id: messageId })

const events = Object.fromEntries(
  (
    [
      ['group:message_send', 'Somebody wrote, oneself too', aMessage],
      ['group:message_update', 'A message was changed', aMessage],
      ['group:message_delete', 'A message is gone', aMessage],
      ['group:channel_join', 'Somebody joined', aUser],
      ['group:channel_leave', 'Somebody left', aUser],
      ['group:channel_manager_create', 'Somebody is a manager now', aUser],
      ['group:channel_manager_delete', 'Somebody is one no longer', aUser],
      ['group:channel_ban', 'Somebody was banned', aUser],
      ['group:channel_unban', 'Somebody may come back', aUser],
      ['group:channel_update', 'The channel was changed', aChannel],
      ['group:channel_delete', 'The channel is gone', aChannel],
      ['group:channel_freeze', 'Only managers write now', aChannel],
      ['group:channel_unfreeze', 'Everybody writes again', aChannel],
      ['group:channel_message_read_event', 'Somebody read: with the capability `receipts`', aMark],
      ['group:channel_message_delivered_event', 'Something arrived: with `receipts`', aMark],
      ['group:typing', 'Somebody writes: with `typing`', aUser],
      [
        'group:report_create',
        'Somebody reported something: managers',
        Type.Object({ report: answers.report, channel: answers.channel }),
      ],
    ] as const
  ).map(([name, summary, data]) => [name, event(name, summary, data)]),
)

const userEvent = (name: string, user: TSchema) =>
  Type.Object({ type: Type.Literal('event'), event: Type.Literal(name), data: Type.Object({ user }) })

export const gitpleliveSocket = {
  tag: 'gitplelive',
  name: 'socket',
  title: 'The SDK’s socket',
  description: 'A user hears every channel it is a member of. Requests are those of /v1/client, by their names.',
  server: { name: 'gitplelive', protocol: 'ws', description: 'A WebSocket of JSON text frames' },
  address: '/v1/socket',
  fromClient: {
    hello: {
      summary: 'The first frame',
      payload: Type.Object({
        type: Type.Literal('hello'),
        version: Type.Literal(1),
        app_id: Type.String({ examples: ['demo'] }),
        user_id: Type.String({ examples: ['user_1'] }),
        token: Type.String({ examples: ['eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl'] }),
        capabilities: wanted,
        positions: Type.Optional(positions),
      }),
    },
    ping: { summary: 'Is anybody there', payload: Type.Object({ type: Type.Literal('ping') }) },
    resume: {
      summary: 'What was missed in these channels',
      payload: Type.Object({ type: Type.Literal('resume'), ref, positions }),
      ack: Type.Object({ ...reply(Type.Literal(true)), data: Type.Object({ pending }) }),
    },
    ...Object.fromEntries(asked),
  },
  toClient: {
    welcome: {
      summary: 'The answer to `hello`',
      payload: Type.Object({
        type: Type.Literal('welcome'),
        version: Type.Literal(1),
        capabilities: wanted,
        heartbeat_ms: Type.Integer({ description: 'Who hears nothing for so long asks', examples: [25_000] }),
        user: answers.user,
        positions,
      }),
    },
    ready: {
      summary: 'All that was missed has been told',
      payload: Type.Object({ type: Type.Literal('ready'), pending }),
    },
    pong: { summary: 'Yes', payload: Type.Object({ type: Type.Literal('pong') }) },
    reply: {
      summary: 'The answer to a request',
      payload: Type.Object({
        ...reply(Type.Literal(true)),
        data: Type.Optional(Type.Unknown({ description: 'As the request says', examples: [{}] })),
      }),
    },
    refusal: {
      summary: 'A request was refused',
      payload: Type.Object({ ...reply(Type.Literal(false)), error: code }),
    },
    ...events,
    user_update: { summary: 'Somebody changed: with `users`', payload: userEvent('user_update', answers.user) },
    user_delete: {
      summary: 'One’s own account is gone',
      payload: userEvent('user_delete', Type.Object({ user_id: Type.String({ examples: ['user_1'] }) })),
    },
    position: {
      summary: 'Something happened that is not told here',
      payload: Type.Object({ type: Type.Literal('position'), channel_id: channelId, seq: count }),
    },
    gap: {
      summary: 'What was missed before the position can’t be told; null: nothing more comes',
      payload: Type.Object({
        type: Type.Literal('gap'),
        channel_id: channelId,
        position: Type.Union([position, Type.Null()]),
        reason: Type.Enum(['left', 'too_many', 'unknown']),
      }),
    },
    error: {
      summary: 'The last frame: why the connection is closed',
      payload: Type.Object({
        type: Type.Literal('error'),
        error: Type.Object({
          code: Type.Enum([60101, 60102, 60103, 60901]),
          name: Type.String({ examples: ['InvalidParameters'] }),
          message: Type.String({ examples: ['hello: comes first'] }),
        }),
        retry: Type.Enum(['never', 'now', 'later']),
      }),
    },
  },
}
