import type { Message, MessageType, Room, User } from '../../core/model.ts'
import type { Company } from './company.ts'
import { customerMeta, isStaff, memberMeta, type CustomerMeta } from './identity.ts'

/** The desk's nouns as its clients read them. Field names and number-or-string are the wire's, to the letter. */

const wireTypes: Readonly<Record<MessageType, number>> = {
  text: 0,
  image: 1,
  video: 2,
  attachment: 3,
  link: 4,
  emoticon: 5,
  telephone: 6,
  file: 3,
  system: 0,
}
const coreTypes: readonly MessageType[] = ['text', 'image', 'video', 'attachment', 'link', 'emoticon', 'telephone']

/** Undefined for a number that names no type. */
export function messageType(wire: number): MessageType | undefined {
  return coreTypes[wire]
}

const wireStates = { waiting: 0, active: 1, closed: 8, discontinued: 9 } as const

/** `noReadCount`: members who have yet to read it; see `unread.ts`. */
export function messageObject(
  company: Company,
  room: Room,
  message: Message,
  noReadCount: number,
  isOnline: boolean,
): object {
  const { sender } = message
  return {
    id: message.id,
    joinMessageId: message.episodeId,
    createDate: company.time.text(message.createdAt),
    updateDate: company.time.text(message.updatedAt),
    speakerId: sender?.id ?? 0,
    speakerName: sender?.name ?? '',
    roomId: room.id,
    roomName: room.name,
    companyId: company.id,
    messageType: wireTypes[message.type],
    noReadCount,
    isSystemMessage: sender ? 0 : 1,
    message: message.body,
    messageAdminType: message.audience === 'staff' ? 1 : 0,
    isEmployee: sender?.role === 'agent' || sender?.role === 'manager' ? 1 : 0,
    isCustomer: sender?.role === 'customer' ? 1 : 0,
    isOnline: isOnline ? 1 : 0,
    messageDetail: message.detail,
    ...(message.type === 'image' ? { thumbnail: thumbnailOf(message) } : {}),
  }
}

/** Images lie in `messageDetail` (the older clients) or in `message`; `thumb_` goes before the file's name. */
function thumbnailOf({ detail, body }: Message): string | null {
  const address = detail || body
  const slash = address.lastIndexOf('/')
  return slash < 0 ? null : `${address.slice(0, slash + 1)}thumb_${address.slice(slash + 1)}`
}

/** `noReadCount`: what the one who asks has not read; where nobody asks, what waits for an agent. */
export function roomObject(company: Company, room: Room, isOnline: boolean, noReadCount = waitingCount(room)): object {
  const { episode, lastMessage, meta } = room
  const { time } = company
  const customer = (meta['customer'] ?? {}) as Partial<CustomerMeta> & {
    blocked?: boolean
    swearCount?: number
    insultCount?: number
  }
  return {
    id: room.id,
    name: room.name,
    memberId: room.assigneeId,
    memberName: company.staffName(room.assigneeId),
    companyId: company.id,
    companyName: company.app.name,
    state: wireStates[room.state],
    joinMessageId: episode?.firstId ?? 0,
    chatId: room.episodes,
    joinHistoryJson: meta['joinHistory'] ?? null,
    recentMessageId: room.lastId,
    isOnline: isOnline ? 1 : 0,
    endDate: time.textOrNull(room.closedAt),
    lastMemberId: room.lastAssigneeId,
    joinStartDate: time.textOrNull(episode?.assignedAt),
    customerSpeakerId: room.ownerId,
    noReadCount,
    waitStartDate: time.textOrNull(episode?.waitingSince),
    lastMessageId: lastMessage?.id ?? 0,
    lastMessage: lastMessage?.preview ?? null,
    lastMessageCreateDate: time.textOrNull(lastMessage?.at),
    // Clients put it into the addresses of /api/customer, which go by the customer's number.
    customerId: Number(customer.gasappMemberNumber ?? 0),
    customerName: room.name,
    gasappMemberNumber: Number(customer.gasappMemberNumber ?? 0),
    telNumber: customer.telNumber ?? null,
    isBlockCustomer: customer.blocked ? 1 : 0,
    blockType: customer.blocked ? 1 : 0,
    remark: null,
    speakMinute: episode?.assignedAt ? Math.max(0, Math.floor((room.updatedAt - episode.assignedAt) / 60_000)) : 0,
    joinHistoryCount: room.episodes,
    minwonHistoryCount: 0,
    createDate: time.text(room.createdAt),
    updateDate: time.text(room.updatedAt),
    updateMemberId: room.assigneeId ?? room.lastAssigneeId,
    swearCount: customer.swearCount ?? 0,
    insultCount: customer.insultCount ?? 0,
    lastMessageIsEmployee: lastMessage && lastMessage.senderId !== room.ownerId ? 1 : 0,
  }
}

function waitingCount(room: Room): number {
  return room.state === 'waiting' && room.episode ? room.lastId - room.episode.firstId + 1 : 0
}

export interface ProfileContext {
  /** The room on the profile: `null` before one is joined. */
  readonly room: Room | null
  readonly sessionId: string | null
  readonly authenticated: boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

export function profileObject(
  company: Company,
  user: User | null,
  { room, sessionId, authenticated, now }: ProfileContext,
): object {
  const staff = user !== null && isStaff(user)
  const customer = !staff
  return {
    id: staff ? user.id : user ? Number(customerMeta(user).gasappMemberNumber) : 0,
    companyId: company.id,
    roomId: room && authenticated ? String(room.id) : null,
    isAdmin: user?.role === 'manager' ? 1 : 0,
    isMember: staff ? 1 : 0,
    isCustomer: customer ? 1 : 0,
    loginName: staff ? memberMeta(user).loginName : null,
    speakerId: user?.id ?? 0,
    name: user?.name ?? '',
    sessionId,
    companyUseConfigJson: null,
    authenticated,
    noReadCount: 0,
    endDays: room?.closedAt ? Math.max(0, Math.floor((now - room.closedAt) / 86_400_000)) : 0,
    state: staff ? memberMeta(user).state : 0,
    roomState: room ? wireStates[room.state] : null,
    endDate: room ? company.time.textOrNull(room.closedAt) : null,
  }
}

/** A member as REST shows it. */
export function memberObject(company: Company, user: User): object {
  const { loginName, authLevel, state, deptName, positionName } = memberMeta(user)
  return {
    id: user.id,
    companyId: company.id,
    companyUseConfigJson: null,
    companyName: company.app.name,
    isAdmin: user.role === 'manager' ? 1 : 0,
    isCustomer: 0,
    authLevel,
    loginName,
    state,
    profileImageId: null,
    speakerId: user.id,
    name: user.name,
    deptName,
    positionName,
    createDate: company.time.text(user.createdAt),
    updateDate: company.time.text(user.updatedAt),
    updateMemberId: null,
  }
}

/** A customer as REST shows it. */
export function customerObject(company: Company, user: User): object {
  const { gasappMemberNumber, telNumber } = customerMeta(user)
  return {
    id: Number(gasappMemberNumber),
    companyId: company.id,
    companyName: company.app.name,
    gasappMemberNumber: Number(gasappMemberNumber),
    speakerId: user.id,
    name: user.name,
    telNumber,
    isCustomer: 1,
    isBlockCustomer: user.blocked ? 1 : 0,
    blockType: user.blocked ? 1 : 0,
    swearCount: Number(user.meta['swearCount'] ?? 0),
    insultCount: Number(user.meta['insultCount'] ?? 0),
    createDate: company.time.text(user.createdAt),
    updateDate: company.time.text(user.updatedAt),
  }
}
