import type { RoomId } from '../../core/model.ts'

/** What a SUBSCRIBE may name. */
export type Destination =
  | { readonly kind: 'private' }
  | { readonly kind: 'lobby'; readonly companyId: string }
  | { readonly kind: 'room'; readonly roomId: RoomId }

const lobby = /^sub\/socket\/room\/LOBBY(.{1,80})$/
const room = /^sub\/socket\/room\/(\d{1,15})$/

/** Null for what names nothing. The leading slash is optional, and the private queue has two names. */
export function parseDestination(text: string): Destination | null {
  const path = text.startsWith('/') ? text.slice(1) : text
  if (path === 'user/session/message' || path === 'user/socket/message') return { kind: 'private' }
  const companyId = lobby.exec(path)?.[1]
  if (companyId !== undefined) return { kind: 'lobby', companyId }
  const roomId = room.exec(path)?.[1]
  return roomId === undefined ? null : { kind: 'room', roomId: Number(roomId) as RoomId }
}

/** Where messages are sent to. */
export function isMessageDestination(text: string): boolean {
  return text === '/pub/socket/message' || text === 'pub/socket/message'
}
