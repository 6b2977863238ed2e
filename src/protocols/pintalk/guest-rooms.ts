import type { Accounts } from '../../core/accounts.ts'
import type { Chat } from '../../core/chat.ts'
import type { AppId, Room, RoomId } from '../../core/model.ts'
import type { FileStore } from '../../core/file-store.ts'
import type { Store } from '../../core/ports.ts'
import type { Session } from '../../core/session.ts'
import type { Host } from './directory.ts'
import { guestIdentity, hostMeta, roomKey, roomNameOf } from './host.ts'
import { guestName, randomName } from './random-names.ts'

const pageSize = 500

/** What is kept of a guest, in `user.meta`. */
export interface GuestMeta {
  readonly language: string
  /** Where answers are mailed that come while it is away, if it said so. */
  readonly email?: string
}

/** Makes the room of a guest who is new, and the guest with it. */
export async function openGuestRoom(store: Store, { app, user: host }: Host, meta: GuestMeta): Promise<Room> {
  const appId = app.app.id
  const roomName = randomName()
  const name = guestName()
  const guest = await store.users.create({
    appId,
    role: 'customer',
    name,
    identity: guestIdentity(roomName),
    meta: { ...meta },
  })
  const { room } = await store.rooms.ensure({
    appId,
    key: roomKey(roomName),
    kind: 'guest_chat',
    name,
    state: 'active',
    ownerId: host.id,
    members: [
      { userId: host.id, role: 'agent' },
      { userId: guest.id, role: 'customer' },
    ],
  })
  return room
}

/** Removes a room with all that was in it: messages, mails that wait, files, and what was known of its guest. */
export async function removeGuestRoom(
  { chat, store, files, accounts }: { chat: Chat; store: Store; files: FileStore; accounts: Accounts },
  session: Session,
  room: Room,
): Promise<void> {
  const fileIds = await filesIn(store, room)
  await chat.execute(session, { type: 'remove', roomId: room.id })
  await Promise.all([...fileIds].map((id) => files.remove(room.appId, id)))
  const guest = await store.users.byIdentity(room.appId, guestIdentity(roomNameOf(room.key)))
  if (guest) await accounts.change(room.appId, guest.id, () => ({ name: 'guest', meta: {} }))
}

/** The uploaded files that the room's messages show. Guests here send words only, but the room may be on other wires too. */
async function filesIn(store: Store, { appId, id, ownerId }: Room): Promise<Set<string>> {
  const found = new Set<string>()
  for (let after = 0; ;) {
    const page = await store.messages.page(id, { after, audience: 'staff', limit: pageSize, keep: 'oldest' })
    for (const { type, detail } of page) {
      const file = type === 'text' ? null : fileIdIn(detail, appId)
      if (file !== null) found.add(file)
    }
    if (page.length < pageSize) break
    after = page.at(-1)!.id
  }
  // A message may show any address. The host's own picture doesn't belong to the room.
  const host = found.size === 0 || ownerId === null ? null : await store.users.byId(appId, ownerId)
  const picture = host && fileIdIn(hostMeta(host).profileImage ?? '', appId)
  if (picture) found.delete(picture)
  return found
}

/** Of `/files/app/id/name`, or an address that ends so. */
export function fileIdIn(address: string, appId: AppId): string | null {
  const [, app, id] = /\/files\/([a-z0-9-]{1,40})\/([\w-]{22})\//.exec(address) ?? []
  return app === appId && id !== undefined ? id : null
}

/** Digits of an address as a room's number; null for what is none. */
export function toRoomId(text: string): RoomId | null {
  return /^[1-9]\d{0,14}$/.test(text) ? (Number(text) as RoomId) : null
}
