import type { Event } from '../../../core/event.ts'
import type { Room, UserId } from '../../../core/model.ts'
import type { Bus } from '../../../core/ports.ts'
import type { SocketHouse } from './house.ts'
import type { OpenRooms } from './open-rooms.ts'
import type { OpenStatuses } from './open-statuses.ts'

const atOnce = 500

/**
 * What other nodes said may have been missed: hosts that left or stopped to show their status, and rooms that were removed. It is
 * found out and said again on this node.
 */
export async function tellMissedNews(
  { directory, store, now }: SocketHouse,
  bus: Bus,
  rooms: OpenRooms,
  statuses: OpenStatuses,
): Promise<void> {
  const say = (event: Event, room: Room | null): void => bus.publish({ event, room, foreign: true, here: true })
  const open = [...rooms.all()]
  const hosts = [...new Set<UserId>([...statuses.hosts, ...open.flatMap(({ ownerId }) => ownerId ?? [])])]
  for (const { app } of directory.apps) {
    for (let at = 0; at < hosts.length; at += atOnce) {
      const found = await store.users.byIds(app.id, hosts.slice(at, at + atOnce))
      for (const user of found.values())
        say({ type: 'user_changed', appId: app.id, user, at: now(), origin: null }, null)
    }
  }
  for (const room of open) {
    const { appId, id: roomId } = room
    if (await store.rooms.byId(appId, roomId)) continue
    say({ type: 'room_removed', appId, roomId, at: now(), origin: null }, room)
  }
}
