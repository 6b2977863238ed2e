/** Where an envelope is addressed. Clients ignore it; the original's wire has it. */
export type Target = 'BROADCAST' | 'LOBBY' | 'SELF'

/** The JSON of every MESSAGE body. `roomId` is a string here, as opposed to inside `message`. */
export function envelope(
  eventName: string,
  companyId: string,
  roomId: number | string | null,
  target: Target,
  sessionId: string | null,
  data: object | null,
): string {
  return JSON.stringify({
    eventName,
    companyId,
    roomId: roomId === null ? null : String(roomId),
    target,
    sessionId,
    data,
  })
}
