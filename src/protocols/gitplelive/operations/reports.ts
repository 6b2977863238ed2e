import { Type } from 'typebox'
import { ChatError } from '../../../core/errors.ts'
import type { Room, UserId } from '../../../core/model.ts'
import type { Document } from '../../../core/ports.ts'
import { announceReported } from '../announcements.ts'
import * as answer from '../answers.ts'
import { channelIdOf } from '../channel.ts'
import { channelOf, lookAt, mustBeIn, mustRun } from '../channel-access.ts'
import { pageAfter, readCursor } from '../cursor.ts'
import { Refusal } from '../failures.ts'
import * as field from '../fields.ts'
import { answered, operation, type Call } from '../operation.ts'
import { messageShape, userShape, type Look } from '../shapes.ts'

const categories = ['suspicious', 'harassing', 'spam', 'inappropriate', 'other'] as const
const maxPerChannel = 10_000

/** What is kept. The words that are reported aren't: who deletes a message deletes them. */
interface Report {
  readonly type: 'channel' | 'message' | 'user'
  readonly reporterId: UserId
  readonly messageId?: number
  readonly targetId?: UserId
  readonly category: string
  readonly description?: string
}

export const createReport = operation(
  {
    summary: 'Report a channel, a message or a user',
    description:
      'The channel’s managers hear of it. Reporting the same again is answered with the first report, and 200.',
    input: Type.Object({
      channel_id: field.channelId,
      message_id: Type.Optional(field.messageId),
      target_user_id: Type.Optional(field.userId),
      category: Type.Optional(
        Type.Enum([...categories], { examples: ['spam'], description: '`other` unless it is said' }),
      ),
      description: Type.Optional(Type.String({ maxLength: 1000, examples: ['the same again and again'] })),
    }),
    output: answer.report,
    acts: true,
    status: 201,
  },
  async (call, input) => {
    const { shared, app, actor } = call
    const roomful = await channelOf(call, input.channel_id)
    const { room } = roomful
    if (!actor) throw new Refusal('user')
    mustBeIn(call, actor, roomful)
    const { message_id: messageId, target_user_id: targetName, category = 'other', description = '' } = input
    const message = messageId === undefined ? null : await shared.store.messages.byId(room.id, messageId)
    if (messageId !== undefined && (!message || message.deletedAt !== null)) throw new Refusal('message')
    const target = targetName === undefined ? null : await shared.directory.user(app, targetName)
    const look = lookAt(call, roomful)
    const report: Report = {
      type: message ? 'message' : target ? 'user' : 'channel',
      reporterId: actor.id,
      ...(message && { messageId: message.id }),
      ...(target && { targetId: target.id }),
      category,
      ...(description !== '' && { description: description.toWellFormed() }),
    }
    shared.people.keep(actor)
    const { document, isNew } = await keep(call, room, report)
    const shape = await reportShape(call, room, document, look)
    if (!isNew) return answered(200, shape)
    announceReported(shared.chat, app.app, { roomId: room.id, report: shape })
    return shape
  },
)

export const listReports = operation(
  {
    summary: 'Reports of a channel, the newest first',
    description: 'For its managers.',
    input: Type.Object({ channel_id: field.channelId, limit: field.limit, next: field.next }),
    output: answer.reportPage,
  },
  async (call, { channel_id: channelId, limit = field.usualLimit, next }) => {
    const { shared } = call
    const roomful = await channelOf(call, channelId)
    mustRun(call, roomful)
    const { room } = roomful
    const look = lookAt(call, roomful)
    const listing = {
      fetch: async (offset: number, most: number) =>
        (await shared.store.documents.list(room.appId, reportsCollection(room), { offset, limit: most })).documents,
      keyOf: ({ id }: Document) => [id, 0] as const,
    }
    const { items, ...more } = await pageAfter(listing, readCursor(next), limit)
    const reports: object[] = []
    for (const document of items) reports.push(await reportShape(call, room, document, look))
    return { reports, ...more }
  },
)

/** One of each kind: who reports the same ten times has reported it. */
async function keep({ shared }: Call, room: Room, report: Report): Promise<{ document: Document; isNew: boolean }> {
  const { documents } = shared.store
  const key = `${report.reporterId}:${report.messageId ?? ''}:${report.targetId ?? ''}`
  const known = await documents.byKey(room.appId, reportsCollection(room), key)
  if (known) return { document: known, isNew: false }
  const { total } = await documents.list(room.appId, reportsCollection(room), { limit: 0 })
  if (total >= maxPerChannel) throw new Refusal('too_many_requests', 'this channel has too many reports')
  try {
    return { document: await documents.add(room.appId, reportsCollection(room), { ...report }, { key }), isNew: true }
  } catch (error) {
    const first = error instanceof ChatError && (await documents.byKey(room.appId, reportsCollection(room), key))
    if (!first) throw error
    return { document: first, isNew: false }
  }
}

async function reportShape({ shared }: Call, room: Room, document: Document, look: Look): Promise<object> {
  const { type, reporterId, messageId, targetId, category, description } = document.body as unknown as Report
  const found = messageId === undefined ? null : await shared.store.messages.byId(room.id, messageId)
  const message = found?.deletedAt === null ? found : null
  const ids = [reporterId, targetId, message?.sender?.id].filter((id) => id !== undefined)
  const people = await shared.people.load(room.appId, ids)
  const [reporter, target] = [people.get(reporterId), targetId === undefined ? undefined : people.get(targetId)]
  const author = (message?.sender && people.get(message.sender.id)) ?? null
  const channelId = channelIdOf(room) ?? ''
  return {
    report_id: document.id,
    channel_id: channelId,
    type,
    category,
    ...(description !== undefined && { description }),
    user: reporter ? userShape(reporter) : null,
    ...(message && { message: messageShape(message, author, channelId, look) }),
    ...(target && { target: userShape(target) }),
    created_at: document.createdAt,
  }
}

export function reportsCollection({ id }: Room): string {
  return `gitplelive.reports:${id}`
}
