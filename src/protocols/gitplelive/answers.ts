import { Type } from 'typebox'
import * as field from './fields.ts'

/** The objects that are answered with, for the documents. The code that makes them is in shapes.ts. */

const at = (description: string, example: number) => Type.Integer({ description, examples: [example] })
const createdAt = at('Unix milliseconds', 1660024377478)
const updatedAt = at('Unix milliseconds', 1660115878576)

const sampleMember = { user_id: 'user_1', name: 'user_1', profile_url: 'user_1.png' }
const sampleUser = { ...sampleMember, created_at: 1660024377478, updated_at: 1660115878576 }

const memberFields = {
  // Of a user who was removed: `#` and a number.
  user_id: Type.String({ examples: ['user_1'] }),
  name: Type.String({ examples: ['user_1'] }),
  profile_url: Type.Optional(field.profileUrl),
}

const member = Type.Object(memberFields, { title: 'Member', examples: [sampleMember] })

export const user = Type.Object(
  {
    ...memberFields,
    meta: Type.Optional(field.meta),
    created_at: createdAt,
    updated_at: updatedAt,
    joined_at: Type.Optional(at('In lists of a channel’s members', 1660115878567)),
  },
  { title: 'User', examples: [sampleUser] },
)

export const users = Type.Array(user, { examples: [[sampleUser]] })

export const userPage = Type.Object(
  { users: Type.Array(user), next: Type.Optional(Type.String({ description: 'Where the next page begins' })) },
  { title: 'UserPage', examples: [{ users: [sampleUser], next: 'MTUuMS4x' }] },
)

export const token = Type.Object(
  {
    token: Type.String({ description: 'A signed JWT with user_id, iat, exp' }),
    expires_at: at('Unix milliseconds', 1660206519025),
  },
  { title: 'SessionToken', examples: [{ token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl', expires_at: 1660206519025 }] },
)

const file = Type.Object(
  {
    type: Type.String({ description: 'A media type', examples: ['image/png'] }),
    name: Type.String({ examples: ['sea.png'] }),
    url: Type.String({ examples: ['https://chat.example/files/demo/AAAAAAAAAAAAAAAAAAAAAA/sea.png'] }),
    size: at('Bytes', 1234),
  },
  { title: 'File' },
)

const filter = Type.Object(
  {
    origin_content: Type.Optional(
      Type.String({
        description: 'The words before some were masked: for the app’s servers and the channel’s managers',
      }),
    ),
    type: Type.Array(Type.Literal('profanity')),
  },
  { title: 'Filter' },
)

const sampleMessage = {
  user: sampleUser,
  type: 'text',
  content: '안녕하세요',
  created_at: 1660122025159,
  updated_at: 1660122025159,
  message_id: 4,
  channel_id: 'channel_1',
}

export const message = Type.Object(
  {
    user: Type.Union([user, Type.Null()], { description: 'Null where the system speaks' }),
    type: Type.Union([Type.Literal('text'), Type.Literal('file')]),
    content: Type.Optional(field.content),
    file: Type.Optional(file),
    filter: Type.Optional(filter),
    meta: Type.Optional(field.meta),
    created_at: at('Unix milliseconds', 1660122025159),
    updated_at: at('Unix milliseconds', 1660122025159),
    message_id: field.messageId,
    channel_id: field.channelId,
  },
  { title: 'Message', examples: [sampleMessage] },
)

export const messages = Type.Object(
  { messages: Type.Array(message) },
  { title: 'Messages', examples: [{ messages: [sampleMessage] }] },
)

const byUser = (description: string, example: number) =>
  Type.Optional(
    Type.Unsafe<Readonly<Record<string, number>>>(
      Type.Object({}, { additionalProperties: Type.Integer(), description, examples: [{ user_1: example }] }),
    ),
  )

const sampleChannel = {
  channel_id: 'channel_1',
  name: 'channel_1',
  profile_url: 'myimage.png',
  type: 'group',
  freeze: false,
  total_message_count: 0,
  total_file_count: 0,
  created_at: 1660115878567,
  updated_at: 1660115878567,
  members: [
    { user_id: 'user_1', name: 'user_1' },
    { user_id: 'user_2', name: 'user_2' },
  ],
}

export const channel = Type.Object(
  {
    channel_id: field.channelId,
    name: field.name,
    profile_url: Type.Optional(field.profileUrl),
    meta: Type.Optional(field.meta),
    type: Type.Literal('group'),
    freeze: Type.Boolean({ description: 'Whether only managers write' }),
    total_message_count: at('Without deleted ones', 0),
    total_file_count: at('Without deleted ones', 0),
    created_at: at('Unix milliseconds', 1660115878567),
    updated_at: at('Unix milliseconds', 1660115878567),
    members: Type.Optional(Type.Array(member, { description: 'The first 100 by when they joined' })),
    managers: Type.Optional(Type.Array(member)),
    unread: byUser('Unread messages of the first 100 members, at most 1,000 each', 0),
    read_receipt: byUser('When each member last read, in Unix milliseconds', 1660122025159),
    delivery_receipt: byUser('When something last reached each member, in Unix milliseconds', 1660122025159),
    last_message: Type.Optional(message),
  },
  { title: 'Channel', examples: [sampleChannel] },
)

export const channelPage = Type.Object(
  { channels: Type.Array(channel), next: Type.Optional(Type.String({ description: 'Where the next page begins' })) },
  { title: 'ChannelPage', examples: [{ channels: [sampleChannel], next: 'MTUuMS4x' }] },
)

const sampleBan = {
  user: sampleUser,
  reason: 'spam',
  created_at: 1660122025159,
  expires_at: 1660125625159,
}

export const ban = Type.Object(
  {
    user,
    reason: Type.Optional(Type.String({ examples: ['spam'] })),
    created_at: at('Unix milliseconds', 1660122025159),
    expires_at: at('Unix milliseconds', 1660125625159),
  },
  { title: 'Ban', examples: [sampleBan] },
)

export const bans = Type.Array(ban, { examples: [[sampleBan]] })

const sampleReport = {
  report_id: 1,
  channel_id: 'channel_1',
  type: 'message',
  category: 'spam',
  description: 'the same again and again',
  user: sampleUser,
  message: sampleMessage,
  created_at: 1660122025159,
}

export const report = Type.Object(
  {
    report_id: Type.Integer({ examples: [1] }),
    channel_id: field.channelId,
    type: Type.Union([Type.Literal('channel'), Type.Literal('message'), Type.Literal('user')]),
    category: Type.String({ examples: ['spam'] }),
    description: Type.Optional(Type.String({ examples: ['the same again and again'] })),
    user: Type.Union([user, Type.Null()], { description: 'Who reports; null for one who was removed' }),
    message: Type.Optional(message),
    target: Type.Optional(user),
    created_at: at('Unix milliseconds', 1660122025159),
  },
  { title: 'Report', examples: [sampleReport] },
)

export const reportPage = Type.Object(
  { reports: Type.Array(report), next: Type.Optional(Type.String({ description: 'Where the next page begins' })) },
  { title: 'ReportPage', examples: [{ reports: [sampleReport], next: 'MTUuMS4x' }] },
)

export const failure = Type.Object(
  {
    status: Type.Integer({ description: 'The HTTP status', examples: [400] }),
    timestamp: at('Unix milliseconds', 1660122025159),
    path: Type.String({ examples: ['/v1/users'] }),
    name: Type.String({ examples: ['parameters'] }),
    code: Type.Integer({ examples: [1001] }),
    message: Type.String({ description: 'Names the field that was wrong', examples: ['name: is required'] }),
    reference: Type.String({ description: 'Names the request in the server’s log', examples: ['dGhlIHJlcXVl'] }),
  },
  {
    title: 'Failure',
    examples: [
      {
        status: 400,
        timestamp: 1660122025159,
        path: '/v1/users',
        name: 'parameters',
        code: 1001,
        message: 'name: is required',
        reference: 'dGhlIHJlcXVl',
      },
    ],
  },
)
