import type { FastifyInstance } from 'fastify'
import type { Room } from '../../../core/model.ts'
import { removeGuestRoom, toRoomId } from '../guest-rooms.ts'
import type { PintalkShared } from '../pintalk-shared.ts'
import { guestRoom, listedRoom } from '../room-object.ts'
import { baseUrl } from './base-url.ts'
import { callerOf, type Caller } from './door.ts'
import { Fields } from './fields.ts'
import { askedPage, numberedPage } from './paging.ts'
import { Refusal } from './refusal.ts'
import { addRoute, type Exchange, type Rest } from './rest.ts'

const path = '/api/chat/chatrooms'

export function roomRoutes(scope: FastifyInstance, { shared, door }: Rest): void {
  const { chat, store } = shared

  addRoute(scope, {
    method: 'GET',
    path,
    who: door.hosts,
    answer: async ({ request }) => {
      const { app, user } = callerOf(request)
      const { number, ...range } = askedPage(request)
      const query = { appId: app.app.id, kind: 'guest_chat', ownerId: user.id, order: 'pinned', ...range } as const
      const { rooms, total } = await store.rooms.find(query)
      const shown = await Promise.all(rooms.map((room) => listed(shared, callerOf(request), room)))
      return numberedPage(
        `${baseUrl(shared, request)}${path}/`,
        number,
        total,
        shown.filter((room) => room !== null),
      )
    },
  })

  addRoute(scope, {
    method: 'GET',
    path: `${path}/:id`,
    who: door.hosts,
    answer: async ({ request }) => {
      const caller = callerOf(request)
      return guestRoom(await ownRoom(shared, caller, request), caller.user, baseUrl(shared, request))
    },
  })

  addRoute(scope, {
    method: 'PATCH',
    path: `${path}/:id`,
    who: door.hosts,
    answer: async ({ request }) => {
      const caller = callerOf(request)
      const room = await ownRoom(shared, caller, request)
      const fields = new Fields(request.body)
      const pinned = fields.flag('isFixed')
      fields.done()
      await chat.execute(caller.session, { type: 'pin', roomId: room.id, pinned })
      return mustBeListed(shared, caller, room)
    },
  })

  addRoute(scope, {
    method: 'PATCH',
    path: `${path}/:id/close`,
    who: door.hosts,
    answer: async ({ request }) => {
      const caller = callerOf(request)
      const room = await ownRoom(shared, caller, request)
      // Closing twice is closing, as a double click in a list is.
      if (room.state !== 'closed')
        await chat.execute(caller.session, { type: 'close', roomId: room.id, farewell: null })
      return mustBeListed(shared, caller, room)
    },
  })

  addRoute(scope, {
    method: 'PATCH',
    path: `${path}/:id/restore`,
    who: door.hosts,
    answer: async ({ request }) => {
      const caller = callerOf(request)
      const room = await ownRoom(shared, caller, request)
      await chat.execute(caller.session, { type: 'reopen', roomId: room.id })
      return mustBeListed(shared, caller, room)
    },
  })

  addRoute(scope, {
    method: 'DELETE',
    path: `${path}/:id`,
    who: door.hosts,
    answer: async ({ request, reply }) => {
      const caller = callerOf(request)
      await removeGuestRoom(shared, caller.session, await ownRoom(shared, caller, request))
      return reply.code(204).send()
    },
  })
}

/** The caller's room of the address. Another host's is refused, one that isn't there is not found. */
export async function ownRoom(
  { store }: PintalkShared,
  { user }: Caller,
  { params }: Exchange['request'],
): Promise<Room> {
  const id = toRoomId((params as { id: string }).id)
  const room = id === null ? null : await store.rooms.byId(user.appId, id)
  if (room?.kind !== 'guest_chat') throw noSuchRoom()
  if (room.ownerId !== user.id) throw new Refusal(403, 'This chatroom belongs to another host.')
  return room
}

async function listed({ store }: PintalkShared, { user }: Caller, { id }: Room): Promise<object | null> {
  const roomful = await store.rooms.withMembers(user.appId, id)
  return roomful && listedRoom(roomful, user.id)
}

async function mustBeListed(shared: PintalkShared, caller: Caller, room: Room): Promise<object> {
  const shown = await listed(shared, caller, room)
  if (!shown) throw noSuchRoom()
  return shown
}

function noSuchRoom(): Refusal {
  return new Refusal(404, 'There is no such chatroom.')
}
