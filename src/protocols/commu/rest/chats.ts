import type { FastifyInstance } from 'fastify'
import { chatIdOf, messageIdOf, wireTypes } from '../shapes.ts'
import { channelOf, moderatedOf, noChannel } from './channels.ts'
import type { Fields } from './fields.ts'
import { orRefuse, Refusal } from './refusal.ts'
import { addRoute, type Rest } from './rest.ts'

const channel = '/api/channels/:channel_id'
const noUnread = -1

const noChat = new Refusal(400, '채팅이 존재하지 않습니다.')
const notMember = new Refusal(400, '채널에 참여하고 있지 않습니다.')

export function chatRoutes(scope: FastifyInstance, rest: Rest): void {
  const { shared } = rest
  const { chats, reading } = shared

  addRoute(scope, rest, { method: 'POST', path: `${channel}/chat` }, async (caller, { fields }) => {
    const [type, content] = [fields.oneOf('type', wireTypes), fields.words('content')]
    fields.done()
    const { room } = await channelOf(shared, caller, fields)
    return orRefuse(chats.post(caller.session, caller.app.ids, room.id, type, content), {
      forbidden: notMember,
      not_found: notMember,
      conflict: noChannel,
    })
  })

  addRoute(scope, rest, { method: 'GET', path: `${channel}/chat` }, async (caller, { fields }) => {
    const asked = readCursor(fields)
    fields.done()
    const { room } = await channelOf(shared, caller, fields)
    return chats.page(caller.session, caller.app.ids, room.id, asked)
  })

  addRoute(scope, rest, { method: 'GET', path: `${channel}/unread-chat` }, async (caller, { fields }) => {
    const first = await reading.firstUnread(await channelOf(shared, caller, fields), caller.user.id)
    return { unreadChatId: first ? chatIdOf(first.id) : noUnread }
  })

  addRoute(scope, rest, { method: 'PATCH', path: `${channel}/chats/:chat_id` }, async (caller, { fields }) => {
    const content = fields.words('content')
    fields.done()
    const { room } = await channelOf(shared, caller, fields)
    const edited = chats.edit(caller.session, caller.app.ids, room.id, mustBeChat(fields), content)
    return orRefuse(edited, {
      not_found: noChat,
      forbidden: new Refusal(400, '자신이 보낸 채팅만 수정할 수 있습니다.'),
      conflict: noChannel,
    })
  })

  addRoute(scope, rest, { method: 'DELETE', path: `${channel}/chats/:chat_id` }, async (caller, { fields }) => {
    const { room } = await moderatedOf(shared, caller, fields)
    const deleted = chats.delete(caller.session, caller.app.ids, room.id, mustBeChat(fields))
    return orRefuse(deleted, { not_found: noChat, forbidden: new Refusal(400, '채팅을 삭제할 수 없습니다.') })
  })
}

/** Without one, the newest page. */
function readCursor(fields: Fields): { way: 'prev' | 'next'; number: number } {
  const way = !fields.has('prev') && fields.has('next') ? 'next' : 'prev'
  return { way, number: fields.has(way) ? fields.integer(way, -1) : -1 }
}

function mustBeChat(fields: Fields): number {
  const id = messageIdOf(fields.raw('chat_id'))
  if (id === null) throw noChat
  return id
}
