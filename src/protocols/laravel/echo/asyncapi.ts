import { Type } from 'typebox'

/** What the AsyncAPI document says of laravel-echo-server's form. See docs/protocols/laravel-echo.md. */

const channel = Type.String({ examples: ['presence-Chat.room1'] })
const auth = Type.Optional(
  Type.Object({
    headers: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'For the application, which is asked about private channels',
        examples: [{ 'X-CSRF-TOKEN': 'k3JxT0wq' }],
      }),
    ),
  }),
)
const Member = Type.Object(
  { user_id: Type.String({ examples: ['7'] }), user_info: Type.Unknown({ examples: [{ name: 'Ana' }] }) },
  { title: 'Member' },
)
const whisper = Type.String({ pattern: '^client-', maxLength: 200, examples: ['client-typing'] })
const anything = Type.Unknown({ examples: [{ message: 'hi' }] })

export const echoSocket = {
  tag: 'laravel',
  name: 'echo',
  title: 'Laravel Echo over Socket.IO',
  description: 'What laravel-echo-server speaks. Every event comes with its channel.',
  server: {
    name: 'socketio',
    protocol: 'ws',
    pathname: '/socket.io/',
    description: 'Socket.IO 4, and 2 by Engine.IO 3',
  },
  address: '/',
  fromClient: {
    subscribe: { summary: 'Hear a channel', payload: Type.Tuple([Type.Object({ channel, auth })]) },
    unsubscribe: { summary: 'No longer', payload: Type.Tuple([Type.Object({ channel, auth })]) },
    'client event': {
      summary: 'A whisper, to the others in a private channel',
      payload: Type.Tuple([Type.Object({ channel, event: whisper, data: anything })]),
    },
  },
  toClient: {
    event: { summary: 'Of the application or a whisper, under its own name', payload: Type.Tuple([channel, anything]) },
    'presence:subscribed': { summary: 'Who is there', payload: Type.Tuple([channel, Type.Array(Member)]) },
    'presence:joining': { summary: 'Somebody came', payload: Type.Tuple([channel, Member]) },
    'presence:leaving': { summary: 'Somebody went', payload: Type.Tuple([channel, Member]) },
    subscription_error: {
      summary: 'One doesn’t hear the channel: the application’s HTTP status, 0 when nobody answered',
      payload: Type.Tuple([channel, Type.Integer({ examples: [403] })]),
    },
  },
}
