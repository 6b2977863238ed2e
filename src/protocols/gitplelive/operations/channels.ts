import { Type } from 'typebox'
import type { Meta } from '../../../core/model.ts'
import type { Roomful } from '../../../core/room.ts'
import { announceCreated } from '../announcements.ts'
import * as answer from '../answers.ts'
import { channelDraft, channelMeta, type ChannelDraft, type ChannelMeta } from '../channel.ts'
import { removeAll } from '../collections.ts'
import { reportsCollection } from './reports.ts'
import { channelOf, lookAt, tooManyMembers } from '../channel-access.ts'
import { channelView } from '../channel-view.ts'
import { inWords, Refusal } from '../failures.ts'
import * as field from '../fields.ts'
import { answered, operation, type Call } from '../operation.ts'
import type { Pairs } from '../person.ts'
import { reusableChannel } from '../reuse.ts'
import { removeFiles } from '../channel-files.ts'

const aChannel = { channel_id: field.channelId }

export const createChannel = operation(
  {
    summary: 'A new channel, or with `reuse` the one that these members have already',
    description:
      'With `reuse` the channel is given again whose members are exactly these, if nobody else ever joined it and nobody was ever its manager: 200 instead of 201. A user who makes a channel is a member of it.',
    input: Type.Object({
      ...aChannel,
      name: field.name,
      profile_url: Type.Optional(field.profileUrl),
      members: Type.Array(field.userId, { maxItems: 100, examples: [['user_1', 'user_2']] }),
      reuse: Type.Optional(Type.Boolean({ examples: [false] })),
      meta: Type.Optional(field.meta),
    }),
    output: answer.channel,
    status: 201,
  },
  async (call, { channel_id: channelId, name, profile_url: profileUrl, members, reuse = false, meta }) => {
    const { shared, app, session } = call
    if (session.user) shared.limits.channels.demand(session.user.id, 'too many new channels, try again later')
    const invited = await shared.directory.users(app, members)
    const isIn = session.user === null || invited.some(({ id }) => id === session.user?.id)
    const users = isIn || session.user === null ? invited : [...invited, session.user]
    if (users.length > shared.maxima.members) throw tooManyMembers(shared.maxima.members)
    const draft = {
      channelId,
      name: field.readName(name),
      founders: users.map(({ id }) => id),
      meta: {
        ...(profileUrl !== undefined && { profileUrl: profileUrl.toWellFormed() }),
        ...(meta && { pairs: field.readPairs(meta) }),
      },
    }
    for (const user of users) shared.people.keep(user)
    if (!reuse || users.length === 0) return made(call, draft)
    const ids = draft.founders.toSorted((a, b) => a - b)
    // Of two at once the second finds what the first has made.
    return shared.turns.take(`reuse ${app.app.id} ${ids.join()}`, async () => {
      const found = await reusableChannel(shared, app.app.id, new Set(ids))
      return found ? answered(200, await viewOf(call, found, true)) : made(call, draft)
    })
  },
)

export const getChannel = operation(
  {
    summary: 'A channel',
    input: Type.Object({
      ...aChannel,
      show_members: field.flag('With its members'),
      show_managers: field.flag('With its managers'),
      show_unread: field.flag('With how much each member has yet to read'),
      show_read_receipt: field.flag('With when each member last read'),
      show_delivery_receipt: field.flag('With when something last reached each member'),
      show_last_message: field.flag('With its newest message'),
    }),
    output: answer.channel,
  },
  async (call, input) => {
    const roomful = await channelOf(call, input.channel_id)
    return channelView(call.shared, roomful, showOf(input), lookAt(call, roomful))
  },
)

export const updateChannel = operation(
  {
    summary: 'Change a channel',
    description: 'What isn’t said stays. `meta` is replaced as a whole.',
    input: Type.Object({
      ...aChannel,
      name: Type.Optional(field.name),
      profile_url: Type.Optional(field.profileUrl),
      meta: Type.Optional(field.meta),
    }),
    output: answer.channel,
  },
  async (call, { channel_id: channelId, name, profile_url: profileUrl, meta }) => {
    const pairs = meta && field.readPairs(meta)
    const change = {
      ...(profileUrl !== undefined && { profileUrl: profileUrl.toWellFormed() }),
      ...(pairs && { pairs }),
    }
    return describe(call, channelId, () => change, name === undefined ? undefined : field.readName(name))
  },
)

export const deleteChannel = operation(
  {
    summary: 'Remove a channel',
    description: 'With its messages and files, at once and for good. For the app’s servers.',
    input: Type.Object(aChannel),
    output: null,
    platformOnly: true,
  },
  async (call, { channel_id: channelId }) => {
    const { shared, session } = call
    const { room } = await channelOf(call, channelId)
    await removeFiles(shared, room)
    await inWords({ not_found: 'channel' }, shared.chat.execute(session, { type: 'remove', roomId: room.id }))
    await shared.counts.remove(room)
    await shared.everJoined.remove(room)
    await removeAll(shared.store, room.appId, reportsCollection(room))
  },
)

export const updateChannelMeta = operation(
  {
    summary: 'Set pairs of a channel’s meta',
    description: 'Other pairs stay.',
    input: Type.Object({ ...aChannel, meta: field.meta }),
    output: answer.channel,
  },
  async (call, { channel_id: channelId, meta }) =>
    describe(call, channelId, ({ pairs }) => ({ pairs: field.mergedPairs(pairs, meta) })),
)

export const deleteChannelMeta = operation(
  {
    summary: 'Remove pairs of a channel’s meta',
    input: Type.Object({ ...aChannel, keys: field.keys }),
    output: answer.channel,
  },
  async (call, { channel_id: channelId, keys }) =>
    describe(call, channelId, ({ pairs }) => ({ pairs: field.pairsWithout(pairs, keys) })),
)

export const freezeChannel = operation(
  {
    summary: 'Freeze a channel, or thaw it',
    description: 'In a frozen channel only managers write.',
    input: Type.Object({ ...aChannel, freeze: Type.Boolean({ examples: [true] }) }),
    output: answer.channel,
  },
  async (call, { channel_id: channelId, freeze: frozen }) => {
    const { room } = await channelOf(call, channelId)
    const command = { type: 'freeze', roomId: room.id, frozen } as const
    await inWords({ not_found: 'channel' }, call.shared.chat.execute(call.session, command))
    return viewOf(call, await channelOf(call, channelId))
  },
)

/** The fields `show_…` of an input. */
export function showOf(input: Readonly<Record<string, unknown>>) {
  return {
    members: input['show_members'] === true,
    managers: input['show_managers'] === true,
    unread: input['show_unread'] === true,
    readReceipt: input['show_read_receipt'] === true,
    deliveryReceipt: input['show_delivery_receipt'] === true,
    lastMessage: input['show_last_message'] === true,
  }
}

async function made(call: Call, draft: ChannelDraft): Promise<object> {
  const { shared, app } = call
  const { room, created } = await shared.store.rooms.ensure(channelDraft(app.app.id, draft))
  if (!created) throw new Refusal('duplicate_id', `channel_id: ${draft.channelId} is taken`, 'channel_id')
  announceCreated(shared.chat, app.app, { roomId: room.id })
  const roomful = await shared.store.rooms.withMembers(app.app.id, room.id)
  if (!roomful) throw new Refusal('channel')
  return viewOf(call, roomful, true)
}

/** Two who change different things of one channel don't undo each other. */
async function describe(
  call: Call,
  channelId: string,
  change: (meta: ChannelMeta) => { readonly profileUrl?: string; readonly pairs?: Pairs },
  name?: string,
): Promise<object> {
  const { shared, session } = call
  const { room } = await channelOf(call, channelId)
  if (name !== undefined || Object.keys(change(channelMeta(room))).length > 0) {
    const meta = (now: Meta): Meta => change(channelMeta({ meta: now }))
    const command = { type: 'describe', roomId: room.id, meta, ...(name !== undefined && { name }) } as const
    await inWords({ not_found: 'channel' }, shared.chat.execute(session, command))
  }
  return viewOf(call, await channelOf(call, channelId))
}

function viewOf(call: Call, roomful: Roomful, members = false): Promise<object> {
  return channelView(call.shared, roomful, { members }, lookAt(call, roomful))
}
