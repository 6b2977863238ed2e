import { Type, type TSchema } from 'typebox'

/** pintalk's nouns as schemas, for the documents. What makes them is host-object.ts, room-object.ts and socket/words.ts. */

const maybe = (schema: TSchema) => Type.Union([schema, Type.Null()])
const time = Type.String({ format: 'date-time', examples: ['2023-03-23T03:22:12.000Z'] })
const maybeTime = Type.Union([Type.Null(), time])

/** A message's: as its sender wrote it, by custom the wall clock of Korea. */
export const datetime = Type.String({
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{3})?$',
  examples: ['2023-03-23T12:22:12'],
})

export const email = Type.String({ maxLength: 64, examples: ['host@demo.test'] })
export const serviceName = Type.String({ minLength: 1, maxLength: 50, examples: ['Demo shop'] })
export const serviceExpl = Type.String({ maxLength: 200, examples: ['Everything for a demo'] })
export const serviceDomain = Type.String({ description: 'host[:port]', examples: ['shop.example'] })
export const profileName = Type.String({ minLength: 1, maxLength: 50, examples: ['Mira'] })
export const description = Type.String({ maxLength: 200, examples: ['Weekdays from nine to six'] })
const uuid = Type.String({ examples: ['3sX0bq7YkTzUeJm1vW5RfA'] })
const profileImage = maybe(Type.String({ examples: ['https://chat.example/files/main/Zk3v0aXw2TqO5mYd8nRb1w/me.png'] }))

export const Account = Type.Object(
  {
    id: Type.Integer(),
    email,
    uuid,
    profileName,
    description: Type.String({ examples: [''] }),
    accessKey: Type.String({ examples: ['demo-access-key'] }),
    secretKey: Type.String({ examples: ['demo-secret-key'] }),
    serviceName,
    serviceExpl,
    serviceDomain,
    profileImage,
    isDeleted: Type.Boolean({ examples: [false] }),
    deletedAt: maybeTime,
    createdAt: time,
    updatedAt: time,
  },
  { title: 'Account' },
)

export const SignedIn = Type.Object(
  { ...Account.properties, accessToken: Type.String({ examples: ['eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxfQ.c2ln'] }) },
  { title: 'SignedIn' },
)

/** What guests see of a host. */
export const Host = Type.Object(
  {
    email,
    uuid,
    profileName,
    description: Type.String({ examples: [''] }),
    serviceName,
    profileImage,
    configs: Type.Object({ useOnlineStatus: Type.Boolean() }),
  },
  { title: 'Host' },
)

export const Configs = Type.Object(
  { id: Type.Integer(), user: Account, useOnlineStatus: Type.Boolean(), createdAt: time, updatedAt: time },
  { title: 'Configs' },
)

const guest = Type.String({ examples: ['quiet-otter-4821'] })
const name = Type.String({ description: 'Opens the room’s socket', examples: ['main-9tJx0qLrVYw2bN7uKc5eHg'] })

/** As its guest sees it. */
export const GuestRoom = Type.Object(
  {
    host: Host,
    guest,
    name,
    isClosed: Type.Boolean({ examples: [false] }),
    closedAt: maybeTime,
    createdAt: time,
    updatedAt: time,
  },
  { title: 'GuestRoom' },
)

/** As its host's list has it. */
export const Room = Type.Object(
  {
    id: Type.Integer({ examples: [7] }),
    host: Type.Integer(),
    guest,
    name,
    latestMsg: maybe(Type.String({ examples: ['안녕하세요'] })),
    latestMsgAt: maybe(time),
    lastCheckedAt: Type.Union([Type.Null(), time], { description: 'What is newer is unread' }),
    isClosed: Type.Boolean({ examples: [false] }),
    closedAt: maybeTime,
    isFixed: Type.Boolean({ examples: [false] }),
    fixedAt: maybeTime,
    createdAt: time,
    updatedAt: time,
  },
  { title: 'Room' },
)

export const Message = Type.Object(
  {
    id: Type.Integer({ description: 'Counts in its room' }),
    chatroom: Type.Integer({ examples: [7] }),
    message: Type.String({ examples: ['안녕하세요'] }),
    isHost: Type.Boolean({ examples: [false] }),
    datetime,
  },
  { title: 'Message' },
)

export function pageOf(results: TSchema) {
  return Type.Object({
    count: Type.Integer({ minimum: 0, examples: [1] }),
    next: Type.Union([Type.Null(), Type.String()]),
    previous: Type.Union([Type.Null(), Type.String()]),
    results: Type.Array(results),
  })
}
