import { Type, type TSchema } from 'typebox'
import { channelId, ChatInfo, communityId, DeletedChat, InvitedChannel, userId } from './schemas.ts'

/** What the AsyncAPI document says of commu's sockets. See docs/protocols/commu.md. */

const chatId = Type.Union([Type.Integer({ minimum: 0, examples: [12] }), Type.String({ pattern: '^\\d{1,10}$' })])
const content = Type.String({ minLength: 1, maxLength: 300, examples: ['hello'] })
const offset = Type.String({
  description: 'The position, for connection state recovery',
  examples: ['638d9e4c0b7fa1632d95e8c4:14'],
})
const reason = Type.Object({ message: Type.String({ examples: ['there is no such room'] }) })
const refused = { message: Type.Optional(Type.String()) }

const ack = Type.Union([
  Type.Object({ written: Type.Literal(true), chatInfo: Type.Union([ChatInfo, DeletedChat]) }),
  Type.Object({ written: Type.Literal(false), chatInfo: Type.Optional(Type.Literal(false)), ...refused }),
])
const chat = (chatType: string, more: Record<string, TSchema>) =>
  Type.Tuple([Type.Object({ chatType: Type.Literal(chatType), channelId, ...more })])

export const commuSockets = [
  {
    tag: 'commu',
    name: 'community',
    title: 'A community',
    description:
      'For its members. What happens in a channel is heard by those who joined it, but for the socket that did it.',
    server: {
      name: 'socketio',
      protocol: 'ws',
      pathname: '/socket.io/',
      description: 'Socket.IO 4, and 2 by Engine.IO 3',
    },
    address: '/socket/commu-{communityId}',
    parameters: { communityId: { description: 'The namespace’s', example: '638d9e2b71c4a05f86d3e9b2' } },
    fromClient: {
      CONNECT: {
        summary: 'The packet’s `auth`; a header `token` does too. Without a good one: Unauthorized',
        payload: Type.Object({
          token: Type.String({ examples: ['Bearer eyJhbGciOiJIUzI1NiJ9.eyJfaWQiOiI2Mzg1In0.c2ln'] }),
        }),
      },
      join: {
        summary: 'Hear these channels',
        payload: Type.Tuple([Type.Object({ channels: Type.Array(channelId, { maxItems: 1000 }) })]),
        ack: Type.Object({ joined: Type.Array(channelId), refused: Type.Array(Type.String()) }),
      },
      'chat.new': { summary: 'The event `chat`: say something', payload: chat('new', { content }), ack },
      'chat.modify': { summary: 'The event `chat`: edit', payload: chat('modify', { chatId, content }), ack },
      'chat.delete': { summary: 'The event `chat`: delete', payload: chat('delete', { chatId }), ack },
      'invite-users-to-channel': {
        summary: 'Invite people to a channel; in camelCase too',
        payload: Type.Tuple([
          Type.Object({ community_id: communityId, channel_id: channelId, users: Type.Array(userId, { minItems: 1 }) }),
        ]),
        ack: Type.Object({ isSuccess: Type.Boolean(), ...refused }),
      },
    },
    toClient: {
      'new-chat': { summary: 'Somebody said something', payload: Type.Tuple([ChatInfo, offset]) },
      'modify-chat': { summary: 'Somebody edited a chat', payload: Type.Tuple([ChatInfo, offset]) },
      'delete-chat': { summary: 'A chat is gone', payload: Type.Tuple([DeletedChat, offset]) },
      'invited-to-channel': { summary: 'One is in a channel now', payload: Type.Tuple([InvitedChannel, offset]) },
      'failed-to-send-message': { summary: 'What had no ack was refused', payload: Type.Tuple([reason]) },
    },
  },
]
