import { Type, type TSchema } from 'typebox'

/** What the AsyncAPI document says of the JWT socket. See docs/protocols/laravel.md. */

const Speaker = Type.Object(
  { name: Type.String({ examples: ['Ana'] }), id: Type.Integer({ examples: [7] }) },
  { title: 'Speaker' },
)
const System = Type.Object({ name: Type.Literal('System'), id: Type.Literal(0) })
const data = Type.Record(Type.String(), Type.Unknown(), {
  description: 'As the channel’s kind says',
  examples: [{ message: 'hi', name: 'Ana' }],
})
const told = (type: TSchema, sender: TSchema, what: TSchema) => Type.Object({ type, sender, data: what })
const user = Type.Object({ user: Speaker })

export const jwtSocket = {
  tag: 'laravel',
  name: 'socket',
  title: 'The channel of the token',
  description: 'One connection, one channel: the one that the token names.',
  server: { name: 'laravel', protocol: 'ws', description: 'A WebSocket of JSON text frames' },
  address: '/',
  query: Type.Object({
    token: Type.String({
      description: 'JWT, HS256: id, name, channel, iat, exp',
      examples: ['eyJhbGciOiJIUzI1NiJ9.eyJpZCI6N30.c2ln'],
    }),
  }),
  fromClient: {
    data: {
      summary: 'Say something; `target_user_id` narrows it to one user',
      payload: Type.Object({ data }),
    },
  },
  toClient: {
    sended: { summary: 'It was taken', payload: Type.Object({ type: Type.Literal('sended'), ok: Type.Literal(true) }) },
    message: { summary: 'Somebody said something, oneself too', payload: told(Type.Literal('message'), Speaker, data) },
    error: {
      summary: 'It was not taken',
      payload: Type.Object({
        type: Type.Literal('error'),
        ok: Type.Literal(false),
        message: Type.String({ examples: ['a frame is {"data":{…}}'] }),
      }),
    },
    connected: {
      summary: 'Who is there: where the channel’s kind has presence',
      payload: Type.Object({ type: Type.Literal('connected'), users: Type.Array(Speaker) }),
    },
    connectOther: { summary: 'Somebody came', payload: told(Type.Literal('connectOther'), System, user) },
    disconnectOther: { summary: 'Somebody went', payload: told(Type.Literal('disconnectOther'), System, user) },
    other: {
      summary: 'Of the application, under a name of its own',
      payload: told(Type.String({ examples: ['orderShipped'] }), System, data),
    },
  },
}
