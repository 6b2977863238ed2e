import { Type, type TSchema } from 'typebox'

/** Who somebody is at the desk, as schemas for the documents. What makes them is objects.ts and lobby-words.ts. */

const flag = Type.Enum([0, 1])
const maybe = (schema: TSchema) => Type.Union([schema, Type.Null()])

const known = {
  id: Type.Integer({ description: 'Of a customer, its number' }),
  companyId: Type.String(),
  roomId: maybe(Type.String()),
  isAdmin: flag,
  isMember: flag,
  isCustomer: flag,
  loginName: maybe(Type.String()),
  speakerId: Type.Integer(),
  name: Type.String(),
  sessionId: maybe(Type.String()),
  companyUseConfigJson: Type.Null(),
}

const visitor = {
  id: 3825,
  companyId: '1',
  roomId: '147',
  isAdmin: 0,
  isMember: 0,
  isCustomer: 1,
  loginName: null,
  speakerId: 211,
  name: '이유진',
  sessionId: 'k3JxT0wq',
  companyUseConfigJson: null,
}

/** In the lobby. */
export const LobbyProfile = Type.Object(known, { title: 'LobbyProfile', examples: [visitor] })

/** On the private queue. */
export const Profile = Type.Object(
  {
    ...known,
    authenticated: Type.Boolean(),
    noReadCount: Type.Literal(0),
    endDays: Type.Integer({ minimum: 0, description: 'Since the last consultation ended' }),
    state: Type.Integer({ description: 'What a member is doing' }),
    roomState: maybe(Type.Enum([0, 1, 8, 9])),
    endDate: maybe(Type.String()),
  },
  {
    title: 'Profile',
    examples: [
      {
        ...visitor,
        authenticated: true,
        noReadCount: 0,
        endDays: 0,
        state: 0,
        roomState: 8,
        endDate: '2020-12-17 18:00:00',
      },
    ],
  },
)
