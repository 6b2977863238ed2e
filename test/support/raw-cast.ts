import type { House, StaffName } from './house.ts'
import { RawStomp, type RawEvent, type RawOptions } from './raw-stomp.ts'

/** The cast of `cast.ts`, speaking STOMP by hand. */

export interface RawCustomer {
  readonly raw: RawStomp
  readonly roomId: number
  /** The customer's number among all who speak. */
  readonly speakerId: number
}

/** Connected, with the private queue open as subscription `me`. */
export async function rawAgent(house: House, name: StaffName, options?: RawOptions): Promise<RawStomp> {
  const raw = await RawStomp.connect(house.sockjsUrl, { Authorization: `Bearer ${await house.login(name)}` }, options)
  raw.subscribe('me', '/user/session/message')
  return raw
}

/** The same, and told which room is its own. */
export async function rawCustomer(
  house: House,
  number: number,
  companyId = '1',
  options?: RawOptions,
): Promise<RawCustomer> {
  const raw = await RawStomp.connect(house.sockjsUrl, { companyId, gasappMemberNumber: String(number) }, options)
  raw.subscribe('me', '/user/session/message')
  const { roomId, speakerId } = profileOf(await raw.hears('LOGINED'))
  return { raw, roomId: Number(roomId), speakerId: Number(speakerId) }
}

/** In its room as subscription `room`, past JOINED and the list. */
export async function rawCustomerInRoom(
  house: House,
  number: number,
  companyId = '1',
  options?: RawOptions,
): Promise<RawCustomer> {
  const customer = await rawCustomer(house, number, companyId, options)
  await enters(customer.raw, customer.roomId)
  return customer
}

export async function enters(raw: RawStomp, roomId: number, id = 'room'): Promise<void> {
  raw.subscribe(id, `/sub/socket/room/${roomId}`)
  await raw.hears('JOINED', (event) => event.roomId === String(roomId))
  await raw.hears('MESSAGE_LIST', (event) => event.roomId === String(roomId))
}

/** Takes a waiting room and enters it. */
export async function takesRoom(agent: RawStomp, roomId: number): Promise<void> {
  agent.says('ASSIGN', { roomId })
  await enters(agent, roomId)
}

export function profileOf(event: RawEvent): Record<string, unknown> {
  return event.data['profile'] as Record<string, unknown>
}
