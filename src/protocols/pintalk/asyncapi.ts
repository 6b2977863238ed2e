import { Type, type TSchema } from 'typebox'
import { datetime } from './schemas.ts'

/** What the AsyncAPI document says of pintalk's sockets. See docs/protocols/pintalk.md. */

const words = Type.String({ minLength: 1, maxLength: 1000, examples: ['안녕하세요'] })
const said = Type.Object({ type: Type.Literal('chat_message'), message: words, is_host: Type.Boolean(), datetime })

const notice = (message: TSchema, more: Record<string, TSchema> = {}) =>
  Type.Object({ type: Type.Literal('notice'), is_host: Type.Boolean(), message, ...more })
const status = Type.Enum(['online', 'offline'])

const server = { name: 'pintalk', protocol: 'ws', description: 'WebSockets of JSON text frames' }
const query = Type.Object({
  token: Type.Optional(Type.String({ description: 'The host’s access token; guests are known by their Origin' })),
})

export const pintalkSockets = [
  {
    tag: 'pintalk',
    server,
    query,
    name: 'room',
    title: 'A room',
    description:
      'Of a guest and its host. The first frame is the newest 50 messages, ascending. The slash may be left out.',
    address: '/ws/chat/{name}/',
    parameters: { name: { description: 'Of POST /api/chat/', example: 'main-9tJx0qLrVYw2bN7uKc5eHg' } },
    fromClient: {
      message: { summary: 'Write', payload: said },
      request: {
        summary: 'Older messages than this datetime',
        payload: Type.Object({ type: Type.Literal('request'), message: datetime }),
      },
      close: { summary: 'Close the room: hosts', payload: notice(Type.Literal('close')) },
    },
    toClient: {
      message: { summary: 'Somebody wrote, oneself too', payload: said },
      page: {
        summary: 'A page of messages; of older ones the newest first',
        payload: Type.Object({ type: Type.Literal('chat_message'), data: Type.Array(said) }),
      },
      closed: { summary: 'The host closed the room', payload: notice(Type.Literal('closed'), { datetime }) },
    },
  },
  {
    tag: 'pintalk',
    server,
    query,
    name: 'status',
    title: 'Whether the host is there',
    description: 'A host is online as long as one of these is open. Also /ws/chat/{uuid}/status/.',
    address: '/ws/status/{uuid}/',
    parameters: { uuid: { description: 'The host’s', example: '3sX0bq7YkTzUeJm1vW5RfA' } },
    fromClient: {
      ask: { summary: 'Ask again: guests', payload: notice(Type.Literal('online')) },
    },
    toClient: {
      status: { summary: 'The host came or went', payload: notice(status, { status, datetime }) },
    },
  },
]
