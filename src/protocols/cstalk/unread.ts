import type { Message, Role } from '../../core/model.ts'
import { isAnswered, type Roomful } from '../../core/room.ts'

/**
 * A message's `noReadCount` now: the other members who have not read it; for a customer's message that
 * waits for an agent, 1 (the agent to come).
 */
export function noReadCount({ room, members }: Roomful, message: Message): number {
  if (!message.sender) return 0
  if (isAnswered(room.kind) && message.sender.role === 'customer' && room.state === 'waiting') {
    return room.episode && message.id >= room.episode.firstId ? 1 : 0
  }
  let count = 0
  for (const member of members.values()) {
    if (member.userId !== message.sender.id && member.readId < message.id && mayRead(member.role, message)) count++
  }
  return count
}

function mayRead(role: Role, message: Message): boolean {
  return message.audience === 'all' || role !== 'customer'
}
