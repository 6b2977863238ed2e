import { Type, type TSchema } from 'typebox'
import { LobbyProfile, Profile } from './profile-schemas.ts'
import { Message, Room } from './schemas.ts'

/** What the AsyncAPI document says of the desk's sockets. See docs/protocols/cstalk.md. */

const integer = Type.Integer({ minimum: 0 })
const yesNo = Type.Optional(Type.Enum([0, 1]))

/** What a SEND holds. */
function asked(eventName: string, data?: TSchema): TSchema {
  const name = Type.Literal(eventName)
  return data ? Type.Object({ eventName: name, data }) : Type.Object({ eventName: name })
}

/** What a MESSAGE holds. */
function told(eventName: string, target: string, data: TSchema): TSchema {
  return Type.Object({
    eventName: Type.Literal(eventName),
    companyId: Type.String({ examples: ['1'] }),
    roomId: Type.Union([Type.String({ examples: [target === 'LOBBY' ? 'LOBBY1' : '147'] }), Type.Null()]),
    target: Type.Literal(target),
    sessionId: Type.Union([Type.String({ examples: ['k3JxT0wq'] }), Type.Null()], {
      description: 'The connection it came from; null for REST',
    }),
    data,
  })
}

function frames(target: string, events: Readonly<Record<string, readonly [string, TSchema]>>) {
  return Object.fromEntries(
    Object.entries(events).map(([name, [summary, data]]) => [name, { summary, payload: told(name, target, data) }]),
  )
}

const maybeText = Type.Union([Type.String(), Type.Null()])
const server = {
  name: 'stomp',
  protocol: 'stomp',
  pathname: '/ws',
  description: 'STOMP 1.0 to 1.2 over SockJS at /ws, or over a plain WebSocket at /ws/websocket',
}
const common = { tag: 'cstalk', server, fromClient: {}, toClient: {} }

export const cstalkSockets = [
  {
    ...common,
    name: 'connection',
    title: 'Connecting',
    description: 'An agent shows a token of POST /auth/login, a customer its company and number.',
    address: '/ws',
    fromClient: {
      CONNECT: {
        summary: 'Who comes',
        headers: Type.Object({
          Authorization: Type.Optional(Type.String({ description: 'Bearer, and an agent’s token' })),
          companyId: Type.Optional(Type.String({ examples: ['1'] })),
          gasappMemberNumber: Type.Optional(Type.String({ examples: ['3825'] })),
          secretKey: Type.Optional(Type.String({ description: 'Where the company wants one: word_yyyyMMdd' })),
        }),
        payload: Type.Null(),
      },
    },
  },
  {
    ...common,
    name: 'send',
    title: 'Saying something',
    description: 'About the room that the connection subscribed to last. A receipt comes when it is on the disk.',
    address: '/pub/socket/message',
    fromClient: {
      MESSAGE: {
        summary: 'Write',
        payload: asked(
          'MESSAGE',
          Type.Object({
            messageType: Type.Integer({ minimum: 0, maximum: 6, examples: [0] }),
            message: Type.String({ examples: ['안녕하세요'] }),
            messageDetail: Type.Optional(Type.String()),
            messageAdminType: yesNo,
            isSystemMessage: yesNo,
          }),
        ),
      },
      READ_MESSAGE: {
        summary: 'Read up to here',
        payload: asked('READ_MESSAGE', Type.Object({ startId: integer, endId: integer })),
      },
      MESSAGE_LIST: {
        summary: 'Older messages; 0 for the newest',
        payload: asked('MESSAGE_LIST', Type.Object({ startId: integer, messageAdminType: yesNo })),
      },
      DELETE_MESSAGE: {
        summary: 'Delete an own message that somebody has yet to read',
        payload: asked('DELETE_MESSAGE', Type.Object({ id: integer })),
      },
      ASSIGN: { summary: 'Take a waiting room', payload: asked('ASSIGN', Type.Object({ roomId: integer })) },
      ROOM_DETAIL: { summary: 'Ask for the room', payload: asked('ROOM_DETAIL') },
      START_MESSAGE: { summary: 'Ask to be greeted', payload: asked('START_MESSAGE') },
      SAVE_HISTORY: {
        summary: 'Keep the steps of a chat bot',
        payload: asked('SAVE_HISTORY', Type.Object({ history: Type.Unknown() })),
      },
      REVIEW: {
        summary: 'What the customer thought',
        payload: asked('REVIEW', Type.Object({ reviewScore: Type.Integer({ minimum: 1, maximum: 5, examples: [5] }) })),
      },
      END: { summary: 'Close the consultation', payload: asked('END') },
    },
  },
  {
    ...common,
    name: 'private',
    title: 'The private queue',
    description: 'Subscribed to first: answers go here. Also /user/socket/message.',
    address: '/user/session/message',
    toClient: frames('SELF', {
      LOGINED: ['The customer was believed', Type.Object({ profile: Profile })],
      UNAUTHORIZED: ['The customer was not believed', Type.Object({ profile: Profile })],
      JOINED: ['In the room', Type.Object({ profile: Profile, room: Room })],
      WELCOME_MESSAGE: [
        'Texts to show when nobody comes, when nobody answers',
        Type.Object({ autoMessage1: maybeText, autoMessage2: maybeText }),
      ],
      MESSAGE_LIST: ['Messages, ascending', Type.Object({ messages: Type.Array(Message) })],
      ROOM_DETAIL: ['The room', Type.Object({ room: Room })],
      REVIEW: ['Whether the review was kept', Type.Object({ success: Type.Boolean() })],
      ERROR: ['What was refused, and why', Type.Object({ reason: Type.String({ examples: ['권한이 없습니다.'] }) })],
    }),
  },
  {
    ...common,
    name: 'room',
    title: 'A room',
    description: 'For its customer and the agents of the company. Who subscribes joins it.',
    address: '/sub/socket/room/{roomId}',
    parameters: { roomId: { description: 'The room’s number', example: '147' } },
    toClient: frames('BROADCAST', {
      START_MESSAGE: ['A greeting that is not kept', Type.Object({ message: Message })],
      MESSAGE: ['Somebody wrote', Type.Object({ message: Message })],
      READ_MESSAGE: [
        'Somebody read',
        Type.Object({
          roomId: Type.String({ examples: ['147'] }),
          speakerId: integer,
          startId: integer,
          endId: integer,
        }),
      ],
      DELETE_MESSAGE: ['A message is gone', Type.Object({ success: Type.Literal(true), id: integer })],
      END: [
        'The consultation is over',
        Type.Object({ success: Type.Literal(true), isCustomer: Type.Boolean(), room: Room }),
      ],
    }),
  },
  {
    ...common,
    name: 'lobby',
    title: 'The lobby',
    description: 'For the agents of the company.',
    address: '/sub/socket/room/LOBBY{companyId}',
    parameters: { companyId: { description: 'The company', example: '1' } },
    toClient: frames('LOBBY', {
      RELOAD: ['The list of rooms changed', Type.Null()],
      RELOAD_READY: [
        'The same, and how',
        Type.Object({
          room: Room,
          profile: Type.Union([LobbyProfile, Type.Null()]),
          isCustomer: Type.Boolean(),
        }),
      ],
      ONLINE: ['A customer came', Type.Object({ profile: LobbyProfile })],
      OFFLINE: ['A customer went', Type.Object({ profile: LobbyProfile })],
    }),
  },
]
