import { Type } from 'typebox'
import { statuses } from './person.ts'
import { wireTypes } from './shapes.ts'

/** commu's nouns as schemas, for the documents. What makes them is shapes.ts. */

const time = Type.String({ format: 'date-time', examples: ['2022-12-06T05:12:30.000Z'] })
const id = (example: string) => Type.String({ pattern: '^[0-9a-f]{24}$', examples: [example] })

export const userId = id('6385b1c4f0a2d97b3e5c8a10')
export const communityId = id('638d9e2b71c4a05f86d3e9b2')
export const channelId = id('638d9e4c0b7fa1632d95e8c4')

export const name = Type.String({ minLength: 2, maxLength: 20, examples: ['general'] })
export const nickname = Type.String({ minLength: 2, maxLength: 8, examples: ['ana'] })
export const email = Type.String({ maxLength: 100, examples: ['ana@demo.test'] })
export const profileUrl = Type.String({ examples: ['url'] })
export const description = Type.String({ examples: ['안녕하세요.'] })
export const status = Type.Enum([...statuses])

export const User = Type.Object(
  { _id: userId, id: email, nickname, status, profileUrl, description, createdAt: time, updatedAt: time },
  { title: 'User' },
)

export const Channel = Type.Object(
  {
    _id: channelId,
    name,
    communityId,
    managerId: userId,
    description: Type.String({ examples: ['about everything'] }),
    type: Type.String({ examples: ['Channel'] }),
    isPrivate: Type.Boolean({ examples: [false] }),
    createdAt: time,
    updatedAt: time,
  },
  { title: 'Channel' },
)

const { createdAt, updatedAt, ...channel } = Channel.properties

/** With the ids of its members. */
export const ChannelWithUsers = Type.Object(
  { ...channel, users: Type.Array(userId), createdAt, updatedAt },
  { title: 'ChannelWithUsers' },
)

export const InvitedChannel = Type.Object(
  { ...ChannelWithUsers.properties, existUnreadChat: Type.Boolean({ examples: [false] }) },
  { title: 'InvitedChannel' },
)

export const Community = Type.Object(
  {
    _id: communityId,
    name: Type.String({ minLength: 2, maxLength: 20, examples: ['Demo'] }),
    managerId: userId,
    profileUrl: Type.String({ examples: [''] }),
    description: Type.String({ examples: ['for a demo'] }),
    channels: Type.Array(InvitedChannel),
    createdAt: time,
    updatedAt: time,
  },
  { title: 'Community' },
)

const chat = {
  id: Type.Integer({ minimum: 0, description: 'Counts in its channel; 0 is the words that open it', examples: [12] }),
  type: Type.Enum([...wireTypes]),
  content: Type.String({ examples: ['hello'] }),
  senderId: userId,
  createdAt: time,
  updatedAt: time,
}

/** In a page. */
export const ListedChat = Type.Object(chat, { title: 'ListedChat' })

export const ChatInfo = Type.Object({ ...chat, channelId, communityId }, { title: 'ChatInfo' })

export const DeletedChat = Type.Object({ ...ChatInfo.properties, deletedAt: time }, { title: 'DeletedChat' })
