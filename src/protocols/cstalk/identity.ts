import type { Identity, User } from '../../core/model.ts'

// Members log in by a name and customers are known by a number: the prefix keeps a member called "3825" apart from customer 3825.

export function memberIdentity(loginName: string): Identity {
  return { protocol: 'cstalk', externalId: `member:${loginName}` }
}

export function customerIdentity(number: string): Identity {
  return { protocol: 'cstalk', externalId: `customer:${number}` }
}

/** The key of a customer's one permanent room. */
export function customerRoomKey(number: string): string {
  return `cstalk:customer:${number}`
}

/** What the desk keeps of a customer, in `user.meta` and, for lists, in `room.meta`. */
export interface CustomerMeta {
  readonly gasappMemberNumber: string
  readonly telNumber: string | null
}

/** What the desk keeps of a member, in `user.meta`. */
export interface MemberMeta {
  readonly loginName: string
  /** 0 system, 1 super, 2 admin, 3 manager, 4 employee, 7 reader, 9 guest. */
  readonly authLevel: number
  /** 0 consulting, 1 break, 2 meeting, 3 on call, 5 off work, 9 other. */
  readonly state: number
  readonly deptName: string | null
  readonly positionName: string | null
}

export function customerMeta(user: User): CustomerMeta {
  const { gasappMemberNumber, telNumber } = user.meta as Partial<CustomerMeta>
  return { gasappMemberNumber: gasappMemberNumber ?? '0', telNumber: telNumber ?? null }
}

export function memberMeta(user: User): MemberMeta {
  const {
    loginName = '',
    authLevel = user.role === 'manager' ? 3 : 4,
    state = 0,
    deptName = null,
    positionName = null,
  } = user.meta as Partial<MemberMeta>
  return { loginName, authLevel, state, deptName, positionName }
}

/** A member of the desk. Agents that another protocol of the app knows, such as a website's hosts, have no login name here. */
export function isStaff(user: User): boolean {
  return (user.role === 'agent' || user.role === 'manager') && typeof user.meta['loginName'] === 'string'
}
