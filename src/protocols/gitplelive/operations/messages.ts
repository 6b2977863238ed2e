import { Type } from 'typebox'
import type { Message } from '../../../core/model.ts'
import type { Roomful } from '../../../core/room.ts'
import * as answer from '../answers.ts'
import { channelIdOf } from '../channel.ts'
import { channelOf, lookAt, mustBeIn } from '../channel-access.ts'
import { inWords, Refusal } from '../failures.ts'
import * as field from '../fields.ts'
import { fileOf, messageMeta, type FileDetail, type MessageMeta } from '../message.ts'
import { actorSession, operation, type Call } from '../operation.ts'
import type { Pairs } from '../person.ts'
import { messageShape, type MessageShape } from '../shapes.ts'

const aChannel = { channel_id: field.channelId }
const aMessage = { ...aChannel, message_id: field.messageId }
/** With a file. What it was before the filter is kept beside the file's description, where there is less room. */
const maxCaptionChars = 1000
export const maxKeyChars = 100

const clientKey = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: maxKeyChars,
    description: 'The sender’s own name for the message: the same one again is answered with the first message',
    examples: ['c0ffee'],
  }),
)

export const sendMessage = operation(
  {
    summary: 'Send a message',
    description:
      'Or as a form with `file`, for which `content` is a caption. With the header `Idempotency-Key` a retry gets the first answer. What is sent has been read by its sender.',
    input: Type.Object({
      ...aChannel,
      content: field.content,
      type: Type.Optional(Type.Literal('text', { examples: ['text'] })),
      meta: Type.Optional(field.meta),
      client_key: clientKey,
    }),
    output: answer.message,
    acts: true,
    status: 201,
  },
  (call, input) => post(call, input, null),
)

/** Not for sockets: who calls this has put the file into the store itself. */
export const sendFile = operation(
  {
    summary: 'Send a file',
    input: Type.Object({
      ...aChannel,
      content: Type.Optional(field.content),
      meta: Type.Optional(field.meta),
      client_key: clientKey,
      file: Type.Unsafe<FileDetail>(Type.Object({ id: Type.String() })),
    }),
    output: answer.message,
    acts: true,
    status: 201,
  },
  (call, input) => post(call, { content: '', ...input }, input.file),
)

export const updateMessage = operation(
  {
    summary: 'Change a message',
    description: 'What isn’t said stays. `meta` is replaced as a whole. A user changes its own.',
    input: Type.Object({ ...aMessage, content: Type.Optional(field.content), meta: Type.Optional(field.meta) }),
    output: answer.message,
  },
  async (call, { channel_id: channelId, message_id: messageId, content, meta }) => {
    const pairs = meta && field.readPairs(meta)
    return edit(call, channelId, messageId, () => ({
      ...(content !== undefined && { content }),
      ...(pairs && { pairs }),
    }))
  },
)

export const deleteMessage = operation(
  {
    summary: 'Delete a message',
    description:
      'Its words and its file are gone; its number stays free. By its sender or a manager. Answers with the message as it was.',
    input: Type.Object(aMessage),
    output: answer.message,
  },
  async (call, { channel_id: channelId, message_id: messageId }) => {
    const { shared, session } = call
    const roomful = await channelOf(call, channelId)
    const { room } = roomful
    const look = lookAt(call, roomful)
    const command = { type: 'delete', roomId: room.id, messageId, unreadOnly: false } as const
    const { events } = await inWords({ not_found: 'message' }, shared.chat.execute(session, command))
    const event = events.find(({ type }) => type === 'message_deleted')
    if (event?.type !== 'message_deleted') throw new Refusal('message')
    const file = fileOf(event.message)
    if (file) await shared.files.remove(room.appId, file.id)
    return shapeOf(call, roomful, event.message, look.seesOrigin)
  },
)

export const updateMessageMeta = operation(
  {
    summary: 'Set pairs of a message’s meta',
    description: 'Other pairs stay. A user changes its own messages.',
    input: Type.Object({ ...aMessage, meta: field.meta }),
    output: answer.message,
  },
  async (call, { channel_id: channelId, message_id: messageId, meta }) =>
    edit(call, channelId, messageId, ({ pairs }) => ({ pairs: field.mergedPairs(pairs, meta) })),
)

export const deleteMessageMeta = operation(
  {
    summary: 'Remove pairs of a message’s meta',
    input: Type.Object({ ...aMessage, keys: field.keys }),
    output: answer.message,
  },
  async (call, { channel_id: channelId, message_id: messageId, keys }) =>
    edit(call, channelId, messageId, ({ pairs }) => ({ pairs: field.pairsWithout(pairs, keys) })),
)

/** With its author, as who asks may see it. */
async function shapeOf(call: Call, { room }: Roomful, message: Message, seesOrigin: boolean): Promise<MessageShape> {
  const authors = await call.shared.people.load(room.appId, message.sender ? [message.sender.id] : [])
  const author = message.sender && authors.get(message.sender.id)
  return messageShape(message, author ?? null, channelIdOf(room) ?? '', { baseUrl: call.baseUrl, seesOrigin })
}

interface Said {
  readonly channel_id: string
  readonly content: string
  readonly meta?: Pairs
  readonly client_key?: string
}

async function post(call: Call, said: Said, file: FileDetail | null): Promise<MessageShape> {
  const { shared, actor } = call
  const roomful = await channelOf(call, said.channel_id)
  if (!actor) throw new Refusal('user')
  mustBeIn(call, actor, roomful)
  const { room } = roomful
  const { seesOrigin } = lookAt(call, roomful)
  const words = filtered(call, said.content, file)
  const meta = metaOf(said.meta && field.readPairs(said.meta), words)
  const draft = {
    marksSender: true,
    type: file ? 'file' : 'text',
    body: words.body,
    detail: words.detail,
    ...(meta && { meta: { ...meta } }),
    ...(said.client_key !== undefined && { clientKey: said.client_key }),
  } as const
  // Whoever is to hear of it hears its author too, without a look into the store.
  shared.people.keep(actor)
  const command = { type: 'post', roomId: room.id, draft } as const
  const outcome = await inWords(notIn, shared.chat.execute(actorSession(call), command))
  const event = outcome.events.find(({ type }) => type === 'message_posted')
  if (event?.type !== 'message_posted') throw new Error('a message was posted without an event')
  const { message } = event
  if (file && fileOf(message)?.id !== file.id) await shared.files.remove(room.appId, file.id)
  // Nothing is looked up any more: what was sent may not fail, or its file would be taken away from it.
  return messageShape(message, actor, said.channel_id, { baseUrl: call.baseUrl, seesOrigin })
}

/** Left in the meantime. */
const notIn = { forbidden: 'not_joined', not_found: 'not_joined', conflict: 'channel' } as const

interface Words {
  readonly body: string
  readonly detail: string
  /** With a file: beside its description. */
  readonly origin?: string
}

/**
 * What the words are before the filter is kept where a message keeps its detail, which has as much room as its words. A file's
 * description stands there already.
 */
function filtered({ shared, app }: Call, content: string, file: FileDetail | null): Words {
  if (!file && content === '') throw new Refusal('parameters', 'content: may not be empty', 'content')
  const most = file ? maxCaptionChars : shared.maxima.messageChars
  if (content.length > most) throw new Refusal('parameters', `content: at most ${most} characters`, 'content')
  const { text, masked } = app.filter.mask(content)
  if (masked && app.settings.refuseProfanity) throw new Refusal('profanity')
  if (!file) return { body: text, detail: masked ? content : '' }
  return { body: text, detail: JSON.stringify(file), ...(masked && { origin: content }) }
}

/** Null for nothing to keep. */
function metaOf(pairs: Pairs | undefined, { origin }: Words): MessageMeta | null {
  const hasPairs = pairs !== undefined && Object.keys(pairs).length > 0
  if (!hasPairs && origin === undefined) return null
  return { ...(hasPairs && { pairs }), ...(origin !== undefined && { origin }) }
}

async function edit(
  call: Call,
  channelId: string,
  messageId: number,
  change: (meta: MessageMeta) => { readonly content?: string; readonly pairs?: Pairs },
): Promise<MessageShape> {
  const { shared, session } = call
  const roomful = await channelOf(call, channelId)
  const { room } = roomful
  const { seesOrigin } = lookAt(call, roomful)
  // Two who change different things of one message don't undo each other.
  return shared.turns.take(`message ${room.id} ${messageId}`, async () => {
    const before = await shared.store.messages.byId(room.id, messageId)
    if (!before || before.deletedAt !== null) throw new Refusal('message')
    const file = fileOf(before)
    const { content, pairs } = change(messageMeta(before))
    const words = content === undefined ? keptWords(before) : filtered(call, content, file)
    const meta = metaOf(pairs ?? messageMeta(before).pairs, words)
    const { body, detail } = words
    const command = { type: 'edit', roomId: room.id, messageId, body, detail, meta: meta && { ...meta } } as const
    const { events } = await inWords({ not_found: 'message' }, shared.chat.execute(session, command))
    const event = events.find(({ type }) => type === 'message_edited')
    if (event?.type !== 'message_edited') throw new Refusal('message')
    return shapeOf(call, roomful, event.message, seesOrigin)
  })
}

function keptWords(message: Message): Words {
  const { origin } = messageMeta(message)
  return { body: message.body, detail: message.detail, ...(origin !== undefined && { origin }) }
}
