import { Type, type TSchema } from 'typebox'
import { maxEventNameChars } from '../../../wire/pusher/in-frames.ts'

/** What the AsyncAPI document says of the Pusher protocol. See docs/protocols/pusher.md. */

const presence = Type.String({ examples: ['presence-Chat.room1'] })
const event = (name: string) => Type.Literal(name)
const empty = Type.Object({})
/** `data` of the server's events is JSON in a string. */
const json = (value: unknown) => Type.String({ examples: [JSON.stringify(value)] })
const auth = Type.String({ description: 'The key, a colon, and the signature', examples: ['demo-key:5e8c4d1f'] })
const whisper = Type.String({ pattern: '^client-', maxLength: maxEventNameChars, examples: ['client-typing'] })
const anything = Type.Unknown({ examples: [{ name: 'Ana' }] })

const say = (name: string, summary: string, data: TSchema) => ({
  summary,
  payload: Type.Object({ event: event(name), data }),
})
const hear = (name: string, summary: string, data: TSchema) => ({
  summary,
  payload: Type.Object({ event: event(name), channel: presence, data }),
})

export const pusherSocket = {
  tag: 'laravel',
  name: 'pusher',
  title: 'The Pusher protocol, 7',
  description:
    'Laravel Echo with pusher-js: public, private, encrypted, presence and cache channels, whispers, sign-in.',
  server: { name: 'pusher', protocol: 'ws', description: 'WebSockets of JSON text frames' },
  address: '/app/{key}',
  parameters: { key: { description: 'The application’s', example: 'demo-key' } },
  query: Type.Object({
    protocol: Type.Optional(Type.String({ examples: ['7'] })),
    client: Type.Optional(Type.String({ examples: ['js'] })),
    version: Type.Optional(Type.String({ examples: ['8.6.0'] })),
  }),
  fromClient: {
    'pusher:ping': say('pusher:ping', 'Is anybody there', empty),
    'pusher:pong': say('pusher:pong', 'Yes', empty),
    'pusher:subscribe': say(
      'pusher:subscribe',
      'Hear a channel; the application signs for private ones',
      Type.Object({
        channel: presence,
        auth: Type.Optional(auth),
        channel_data: Type.Optional(json({ user_id: '7', user_info: { name: 'Ana' } })),
      }),
    ),
    'pusher:unsubscribe': say('pusher:unsubscribe', 'No longer', Type.Object({ channel: presence })),
    'pusher:signin': say('pusher:signin', 'Who one is', Type.Object({ auth, user_data: json({ id: '7' }) })),
    'client-event': {
      summary: 'A whisper, to the others in a private channel',
      payload: Type.Object({ event: whisper, channel: presence, data: anything }),
    },
  },
  toClient: {
    'pusher:connection_established': say(
      'pusher:connection_established',
      'The first frame',
      json({ socket_id: '123.456', activity_timeout: 120 }),
    ),
    'pusher:ping': say('pusher:ping', 'Is anybody there', empty),
    'pusher:pong': say('pusher:pong', 'Yes', empty),
    'pusher_internal:subscription_succeeded': hear(
      'pusher_internal:subscription_succeeded',
      'One hears the channel now; who is there',
      json({ presence: { ids: ['7'], hash: { 7: { name: 'Ana' } }, count: 1 } }),
    ),
    'pusher:subscription_error': hear(
      'pusher:subscription_error',
      'One doesn’t',
      Type.Object({
        type: Type.String({ examples: ['AuthError'] }),
        error: Type.String({ examples: ['The signature is not good'] }),
        status: Type.Integer({ examples: [401] }),
      }),
    ),
    'pusher_internal:member_added': hear(
      'pusher_internal:member_added',
      'Somebody came',
      json({ user_id: '9', user_info: { name: 'Bo' } }),
    ),
    'pusher_internal:member_removed': hear('pusher_internal:member_removed', 'Somebody went', json({ user_id: '9' })),
    event: {
      summary: 'Of the application',
      payload: Type.Object({
        event: Type.String({ examples: ['App\\Events\\ChatMessageSent'] }),
        channel: presence,
        data: json({ message: 'hi' }),
      }),
    },
    'client-event': {
      summary: 'A whisper of somebody else’s; whose, in presence channels',
      payload: Type.Object({
        event: whisper,
        channel: presence,
        data: anything,
        user_id: Type.Optional(Type.String({ examples: ['7'] })),
      }),
    },
    'pusher:cache_miss': hear('pusher:cache_miss', 'A cache channel has nothing yet', json({})),
    'pusher:signin_success': say('pusher:signin_success', 'Signed in', json({ user_data: '{"id":"7"}' })),
    'pusher:error': say(
      'pusher:error',
      'What was wrong. From 4000 to 4299 the connection is closed',
      Type.Object({
        code: Type.Integer({ examples: [4300] }),
        message: Type.String({ examples: ['Invalid channel name'] }),
      }),
    ),
  },
}
