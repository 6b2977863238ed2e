import { Type, type TSchema } from 'typebox'
import {
  Channel,
  channelId,
  ChannelWithUsers,
  ChatInfo,
  Community,
  communityId,
  DeletedChat,
  description,
  email,
  InvitedChannel,
  ListedChat,
  name,
  nickname,
  profileUrl,
  status,
  User,
  userId,
} from '../schemas.ts'
import { wireTypes } from '../shapes.ts'

/**
 * What the OpenAPI document says of commu's REST. Its routes read their fields themselves, from the body, the path and the
 * query. See docs/protocols/commu-rest.md.
 */

const people = [{ token: [] }]
const accessToken = Type.String({ examples: ['eyJhbGciOiJIUzI1NiJ9.eyJfaWQiOiI2Mzg1In0.c2ln'] })

/** The body says 200 whatever the status is. */
const result = (of: TSchema) => Type.Object({ statusCode: Type.Literal(200), result: of })
const told = (message: string) => result(Type.Object({ message: Type.String({ examples: [message] }) }))
const passed = (message: string) => result(Type.Object({ message: Type.String({ examples: [message] }), accessToken }))

const anApp = Type.Object({
  app: Type.Optional(
    Type.String({ description: 'Which app is meant, where the page’s origin doesn’t tell', examples: ['demo'] }),
  ),
})
const ofCommunity = { security: people, params: Type.Object({ community_id: communityId }), errors: [400] }
const ofChannel = { security: people, params: Type.Object({ channel_id: channelId }), errors: [400] }
const ofChat = {
  security: people,
  params: Type.Object({ channel_id: channelId, chat_id: Type.Integer({ minimum: 0, examples: [12] }) }),
}
const withCommunity = Type.Object({ community_id: Type.Optional(communityId) })
const content = Type.String({ minLength: 1, examples: ['hello'] })
const cursor = Type.Integer({ minimum: -1, examples: [-1] })

const refused = (statusCode: number, message: string | string[], error: string) => ({ statusCode, message, error })

export const commuDocs = {
  tag: 'commu',
  description: 'Communities and their channels. Values may stand in the body, the path or the query.',
  securitySchemes: {
    token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Of /api/user/auth/signin' },
    refresh: { type: 'apiKey', in: 'cookie', name: 'refreshToken', description: 'Of /api/user/auth/signin' },
  },
  errors: {
    schema: Type.Object(
      {
        statusCode: Type.Integer(),
        message: Type.Union([Type.String(), Type.Array(Type.String())], {
          description: 'A list where fields are wrong',
        }),
        error: Type.Optional(Type.String()),
      },
      { title: 'Error' },
    ),
    statuses: {
      400: {
        when: 'Fields are missing or wrong; not there; not allowed',
        example: refused(400, ['nickname must be longer than or equal to 2 characters'], 'Bad Request'),
      },
      401: { when: 'No token, or a wrong or expired one', example: { statusCode: 401, message: 'Unauthorized' } },
      403: { when: 'Refused at the door', example: refused(403, '비밀번호가 일치하지 않습니다.', 'Forbidden') },
      409: { when: 'Somebody else was faster', example: refused(409, '갱신 이상! 다시 시도해 주세요.', 'Conflict') },
      413: {
        when: 'The body is too large',
        example: refused(413, 'request entity too large', 'Payload Too Large'),
      },
      415: {
        when: 'A body that is no JSON',
        example: refused(415, 'This kind of content is not understood here.', 'Unsupported Media Type'),
      },
      429: {
        when: 'Too much at once',
        example: refused(429, 'Too many requests, slow down.', 'Too Many Requests'),
      },
      500: {
        when: 'Our fault: the id stands in the log',
        example: { statusCode: 500, message: 'Internal server error (b7f0c1de)' },
      },
    },
    everywhere: [429, 500],
  },
  routes: {
    'POST /api/user/auth/signup': {
      summary: 'Sign up',
      query: anApp,
      body: Type.Object({ id: email, password: Type.String({ minLength: 8, examples: ['parlance-demo'] }), nickname }),
      answers: { 201: told('회원가입 성공!') },
      errors: [403],
    },
    'POST /api/user/auth/signin': {
      summary: 'Sign in',
      description: 'Gives the cookie refreshToken too.',
      query: anApp,
      body: Type.Object({ id: email, password: Type.String({ minLength: 1, examples: ['parlance-demo'] }) }),
      answers: { 201: passed('로그인 성공!') },
      errors: [403],
    },
    'POST /api/user/auth/refresh': {
      summary: 'A new access token',
      security: [{ refresh: [] }],
      answers: { 201: passed('accessToken 재발행 성공!') },
      errors: [403],
    },
    'GET /api/user/auth/me': { summary: 'Oneself', security: people, answers: { 200: result(User) } },
    'POST /api/user/auth/signout': { summary: 'Sign out', security: people, answers: { 201: told('로그아웃 성공!') } },
    'POST /api/user/following/:followId': {
      summary: 'Follow somebody, or no longer',
      security: people,
      params: Type.Object({ followId: userId }),
      answers: { 201: told('팔로우 신청 완료') },
      errors: [409],
    },
    'GET /api/user/followers': {
      summary: 'Who follows one',
      security: people,
      answers: { 200: result(Type.Object({ followers: Type.Array(User) })) },
    },
    'GET /api/user/followings': {
      summary: 'Whom one follows',
      security: people,
      answers: { 200: result(Type.Object({ followings: Type.Array(User) })) },
    },
    'PATCH /api/user/settings': {
      summary: 'Change one’s profile',
      security: people,
      body: Type.Object({
        nickname: Type.Optional(nickname),
        profileUrl: Type.Optional(profileUrl),
        description: Type.Optional(description),
        status: Type.Optional(status),
      }),
      answers: { 200: told('사용자 정보 변경 완료') },
    },
    'GET /api/users': {
      summary: 'Find people by a part of their names',
      query: Type.Object({
        search: Type.Optional(Type.String({ maxLength: 100, examples: ['an'] })),
        ...anApp.properties,
      }),
      answers: { 200: result(Type.Object({ users: Type.Array(User) })) },
    },
    'POST /api/community': {
      summary: 'A new community',
      security: people,
      body: Type.Object({
        name,
        description: Type.Optional(description),
        profileUrl: Type.Optional(profileUrl),
      }),
      answers: { 201: result(Community) },
    },
    'GET /api/communities': {
      summary: 'One’s communities, with one’s channels in them',
      security: people,
      answers: { 200: result(Type.Object({ communities: Type.Array(Community) })) },
    },
    'GET /api/communities/:community_id/users': {
      ...ofCommunity,
      summary: 'Members of a community',
      answers: { 200: result(Type.Object({ users: Type.Array(User) })) },
    },
    'POST /api/communities/:community_id/users': {
      ...ofCommunity,
      summary: 'Add people to a community and its public channels',
      body: Type.Object({ users: Type.Array(userId, { minItems: 1, maxItems: 1000 }) }),
      answers: { 201: told('커뮤니티 사용자 추가 완료') },
    },
    'PATCH /api/communities/:community_id/settings': {
      ...ofCommunity,
      summary: 'Change a community, or hand it over',
      body: Type.Object({
        name: Type.Optional(name),
        description: Type.Optional(description),
        profileUrl: Type.Optional(profileUrl),
        managerId: Type.Optional(userId),
      }),
      answers: { 200: told('커뮤니티 정보 수정 완료') },
    },
    'DELETE /api/communities/:community_id': {
      ...ofCommunity,
      summary: 'Close a community',
      answers: { 200: told('커뮤니티 삭제 성공') },
    },
    'DELETE /api/communities/:community_id/me': {
      ...ofCommunity,
      summary: 'Leave a community',
      answers: { 200: told('사용자 커뮤니티 탈퇴 성공') },
    },
    'POST /api/channel': {
      summary: 'A new channel',
      security: people,
      body: Type.Object({
        communityId,
        name,
        type: Type.String({ minLength: 1, maxLength: 20, examples: ['Channel'] }),
        isPrivate: Type.Boolean({ examples: [false] }),
        description: Type.Optional(description),
      }),
      answers: { 201: result(Channel) },
    },
    'GET /api/channels/:channel_id': {
      ...ofChannel,
      summary: 'A channel with its members',
      answers: { 200: result(Type.Object({ ...Channel.properties, users: Type.Array(User) })) },
    },
    'POST /api/channels/:channel_id': {
      ...ofChannel,
      summary: 'Join a public channel',
      body: withCommunity,
      answers: {
        201: result(Type.Object({ ...ChannelWithUsers.properties, lastRead: Type.Literal(false) })),
      },
    },
    'POST /api/channels/:channel_id/users': {
      ...ofChannel,
      summary: 'Invite people to a channel',
      body: Type.Object({ ...withCommunity.properties, users: Type.Array(userId, { minItems: 1, maxItems: 1000 }) }),
      answers: { 201: result(InvitedChannel) },
    },
    'PATCH /api/channels/:channel_id/settings': {
      ...ofChannel,
      summary: 'Change a channel, or hand it over',
      description: 'Who isn’t its manager hears 401.',
      body: Type.Object({
        name: Type.Optional(name),
        description: Type.Optional(description),
        isPrivate: Type.Optional(Type.String({ description: 'Only the text "true" is true', examples: ['true'] })),
        managerId: Type.Optional(userId),
      }),
      answers: { 200: told('채널 수정 성공!') },
    },
    'PATCH /api/channels/:channel_id/lastRead': {
      ...ofChannel,
      summary: 'All of a channel is read',
      body: withCommunity,
      answers: { 200: told('Last Read 업데이트 성공') },
    },
    'DELETE /api/channels/:channel_id/me': {
      ...ofChannel,
      summary: 'Leave a channel',
      answers: { 200: told('채널 퇴장 성공!') },
    },
    'DELETE /api/channels/:channel_id': {
      ...ofChannel,
      summary: 'Close a channel',
      answers: { 200: told('채널 삭제 성공') },
    },
    'POST /api/channels/:channel_id/chat': {
      ...ofChannel,
      summary: 'Say something',
      body: Type.Object({ type: Type.Enum([...wireTypes]), content }),
      answers: { 201: result(ChatInfo) },
    },
    'GET /api/channels/:channel_id/chat': {
      ...ofChannel,
      summary: 'A page of chats, ascending',
      description:
        'Page n has the ids from 100 n on; -1 is the newest. The answer names the next page, if there is one.',
      query: Type.Object({ prev: Type.Optional(cursor), next: Type.Optional(cursor) }),
      answers: {
        200: result(
          Type.Object({
            chat: Type.Array(ListedChat),
            prev: Type.Optional(Type.Integer({ examples: [0] })),
            next: Type.Optional(Type.Integer()),
          }),
        ),
      },
    },
    'GET /api/channels/:channel_id/unread-chat': {
      ...ofChannel,
      summary: 'The first chat that one has yet to read',
      answers: { 200: result(Type.Object({ unreadChatId: Type.Integer({ minimum: -1, description: '-1: none' }) })) },
    },
    'PATCH /api/channels/:channel_id/chats/:chat_id': {
      ...ofChat,
      summary: 'Edit a chat of one’s own',
      body: Type.Object({ content }),
      answers: { 200: result(ChatInfo) },
    },
    'DELETE /api/channels/:channel_id/chats/:chat_id': {
      ...ofChat,
      summary: 'Delete a chat',
      description: 'Its author, the channel’s manager or the community’s.',
      answers: { 200: result(DeletedChat) },
    },
  },
}
