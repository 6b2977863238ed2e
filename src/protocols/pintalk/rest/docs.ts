import { Type } from 'typebox'
import {
  Account,
  Configs,
  description,
  email,
  GuestRoom,
  Host,
  Message,
  pageOf,
  profileName,
  Room,
  serviceDomain,
  serviceExpl,
  serviceName,
  SignedIn,
} from '../schemas.ts'

/**
 * What the OpenAPI document says of pintalk's REST. Its routes read their fields themselves, in camelCase or snake_case.
 * See docs/protocols/pintalk-rest.md.
 */

const host = [{ token: [] }]
const guest = [{ accessKey: [], secretKey: [] }]
const params = Type.Object({ id: Type.Integer({ minimum: 1, examples: [7] }) })
const password = Type.String({ minLength: 1, examples: ['parlance-demo'] })
const newPassword = Type.String({ minLength: 8, description: 'At most 1,024 bytes', examples: ['long enough'] })
const sent = Type.Object({ detail: Type.Literal('email sent') })
const accessToken = Type.String({ examples: ['eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxfQ.c2ln'] })
const onlyEmail = Type.Object({ email })

const profile = {
  serviceName: Type.Optional(serviceName),
  serviceExpl: Type.Optional(serviceExpl),
  serviceDomain: Type.Optional(serviceDomain),
  profileName: Type.Optional(profileName),
  description: Type.Optional(description),
}

const room = { security: host, params, answers: { 200: Room }, errors: [403, 404] }
const step = 'Each step of signing up gives a cookie for the next.'

const refused = (code: number, detail: string | object) => ({ code, detail })

export const pintalkDocs = {
  tag: 'pintalk',
  description:
    'A website’s guests and its host. Fields may be in camelCase or snake_case; addresses work with and without the slash at their end.',
  securitySchemes: {
    token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A host’s, of /api/auth/login/' },
    accessKey: { type: 'apiKey', in: 'header', name: 'X-PinTalk-Access-Key', description: 'Of a host' },
    secretKey: { type: 'apiKey', in: 'header', name: 'X-PinTalk-Secret-Key', description: 'Of the same host' },
    refresh: { type: 'apiKey', in: 'cookie', name: 'pintalk_refresh_token', description: 'Of /api/auth/login/' },
    checked: {
      type: 'apiKey',
      in: 'cookie',
      name: 'email_duplication_check',
      description: 'Of /api/auth/check-email/',
    },
    mailed: {
      type: 'apiKey',
      in: 'cookie',
      name: 'email_verification_code',
      description: 'Of /api/auth/email-verification/',
    },
    confirmed: {
      type: 'apiKey',
      in: 'cookie',
      name: 'email_confirmation',
      description: 'Of /api/auth/email-confirmation/',
    },
  },
  errors: {
    schema: Type.Object(
      {
        code: Type.Integer({ description: 'The HTTP status' }),
        detail: Type.Union([Type.String(), Type.Record(Type.String(), Type.Array(Type.String()))], {
          description: 'A text, or what is wrong with each field',
        }),
      },
      { title: 'Error' },
    ),
    statuses: {
      400: {
        when: 'Fields are missing or wrong; no JSON; no picture',
        example: refused(400, { email: ['Enter a valid email address.'] }),
      },
      401: {
        when: 'No token or keys, or wrong or expired ones',
        example: refused(401, 'The token is not valid or has expired.'),
      },
      403: {
        when: 'Another host’s, or a page of another website',
        example: refused(403, 'request domain not allowed'),
      },
      404: { when: 'Not there', example: refused(404, 'There is no such chatroom.') },
      409: { when: 'In use, not matching, or left already', example: refused(409, 'This email is already in use.') },
      413: { when: 'The body or the picture is too large', example: refused(413, 'The request is too large.') },
      415: {
        when: 'A body that is neither JSON nor a form with a picture',
        example: refused(415, 'This kind of content is not understood here.'),
      },
      422: {
        when: 'A step of signing up without the one before it, or too late',
        example: refused(422, 'The step before is missing or too long ago: email_confirmation.'),
      },
      429: { when: 'Too much at once', example: refused(429, 'Too many requests.') },
      500: {
        when: 'Our fault: the id stands in the log',
        example: refused(500, 'Something went wrong on our side (b7f0c1de).'),
      },
    },
    everywhere: [429, 500],
  },
  routes: {
    'GET /api/users/client': {
      summary: 'The host of the keys, for a page of its website',
      security: guest,
      answers: { 200: Host },
      errors: [403],
    },
    'POST /api/chat/': {
      summary: 'A guest comes: a new room',
      security: guest,
      body: Type.Object({
        email: Type.Optional(Type.String({ description: 'Where answers are mailed', examples: ['guest@demo.test'] })),
      }),
      answers: { 201: GuestRoom },
      errors: [403],
    },
    'GET /api/chat/chatrooms/': {
      summary: 'The host’s rooms, 20 a page',
      description: 'Fixed ones first, then by the newest change.',
      security: host,
      query: Type.Object({ page: Type.Optional(Type.Integer({ minimum: 1, default: 1 })) }),
      answers: { 200: pageOf(Room) },
      errors: [404],
    },
    'GET /api/chat/chatrooms/:id/': { ...room, summary: 'A room', answers: { 200: GuestRoom } },
    'PATCH /api/chat/chatrooms/:id/': {
      ...room,
      summary: 'Fix a room to the top of the list',
      body: Type.Object({ isFixed: Type.Boolean() }),
    },
    'PATCH /api/chat/chatrooms/:id/close/': { ...room, summary: 'Close a room' },
    'PATCH /api/chat/chatrooms/:id/restore/': { ...room, summary: 'Open a closed room again' },
    'DELETE /api/chat/chatrooms/:id/': {
      ...room,
      summary: 'Remove a room and all that was said in it',
      answers: { 204: null },
    },
    'GET /api/chat/chatrooms/:id/chat-messages/': {
      ...room,
      summary: 'Messages of a room, newest first',
      query: Type.Object({
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
        offset: Type.Optional(Type.Integer({ minimum: 0, default: 0 })),
      }),
      answers: { 200: pageOf(Message) },
    },
    'GET /api/chat/chatrooms/:id/download/': {
      ...room,
      summary: 'The transcript of a room',
      answers: {
        200: Type.String({
          contentMediaType: 'application/octet-stream',
          examples: ['[2023-03-23T12:22:12 quiet-otter-4821] 안녕하세요\n'],
        }),
      },
    },
    'POST /api/auth/check-email/': {
      summary: 'Signing up, 1: whether an address is free',
      description: step,
      body: onlyEmail,
      answers: { 200: onlyEmail },
      errors: [409],
    },
    'POST /api/auth/email-verification/': {
      summary: 'Signing up, 2: a mail with six digits',
      description: step,
      security: [{ checked: [] }],
      body: onlyEmail,
      answers: { 200: sent },
      errors: [422],
    },
    'POST /api/auth/email-confirmation/': {
      summary: 'Signing up, 3: the digits',
      description: step,
      security: [{ mailed: [] }],
      body: Type.Object({ verificationCode: Type.String({ examples: ['048213'] }) }),
      answers: { 204: null },
      errors: [409, 422],
    },
    'POST /api/auth/signup/': {
      summary: 'Signing up, 4: the account',
      security: [{ confirmed: [] }],
      body: Type.Object({ email, password: newPassword, serviceName, serviceExpl, serviceDomain }),
      answers: { 201: Account },
      errors: [409, 422],
    },
    'POST /api/auth/login/': {
      summary: 'A host logs in',
      description: 'Gives the cookie pintalk_refresh_token too.',
      body: Type.Object({ email, password }),
      answers: { 200: SignedIn },
      errors: [401, 409],
    },
    'POST /api/auth/token/refresh/': {
      summary: 'A new access token, the same twice, and the next cookie',
      security: [{ refresh: [] }],
      answers: { 201: Type.Object({ access_token: accessToken, access: accessToken }) },
      errors: [403],
    },
    'POST /api/auth/logout/': { summary: 'End the cookie’s session', security: host, answers: { 204: null } },
    'POST /api/auth/password-change/': {
      summary: 'Change the password; all other sessions end',
      security: host,
      body: Type.Object({ currentPassword: password, newPassword }),
      answers: { 200: Account },
    },
    'POST /api/auth/password-reset/': {
      summary: 'A mail with a password that is good for an hour',
      body: onlyEmail,
      answers: { 200: sent },
      errors: [404, 409],
    },
    'POST /api/auth/leave/': {
      summary: 'Leave the account',
      security: host,
      body: Type.Object({ password }),
      answers: { 200: Account },
    },
    'POST /api/auth/restore/': {
      summary: 'A mail to get back into an account that was left',
      description: 'Answered alike whoever has an account.',
      body: onlyEmail,
      answers: { 200: sent },
    },
    'GET /api/users/': {
      summary: 'A page with one’s own account',
      security: host,
      answers: { 200: pageOf(Account) },
    },
    'GET /api/users/:id/': {
      summary: 'One’s own account',
      security: host,
      params,
      answers: { 200: Account },
      errors: [403],
    },
    'PATCH /api/users/:id/': {
      summary: 'Change one’s own account',
      security: host,
      params,
      body: Type.Object({
        ...profile,
        profileImage: Type.Optional(Type.Null({ description: 'Takes the picture away' })),
      }),
      form: Type.Object({
        ...profile,
        profileImage: Type.Optional(Type.Unsafe<string>({ type: 'string', format: 'binary' })),
      }),
      answers: { 200: Account },
      errors: [403],
    },
    'PATCH /api/users/:id/configs/': {
      summary: 'Whether guests see when the host is online',
      security: host,
      params,
      body: Type.Object({ useOnlineStatus: Type.Boolean() }),
      answers: { 200: Configs },
      errors: [403],
    },
    'GET /health-check': {
      summary: 'Whether the store takes writes',
      answers: {
        200: Type.Object({ status: Type.Literal('ok') }),
        503: Type.Object({ status: Type.Literal('failing') }, { description: 'It doesn’t' }),
      },
    },
  },
}
