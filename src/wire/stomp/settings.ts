import { defaultStompLimits, type StompLimits } from './limits.ts'
import type { HeartBeat } from './negotiation.ts'

/** Shared by all sessions of an endpoint. */
export interface StompSettings {
  /** The `server` header of CONNECTED: name/version. */
  readonly server: string
  /** What this side can send and wants to receive. */
  readonly heartBeat: HeartBeat
  /** How long a client may take to send CONNECT, then the host to answer it, and at last what is under way at DISCONNECT. */
  readonly connectTimeoutMs: number
  readonly limits: StompLimits
}

export const defaultStompSettings: Omit<StompSettings, 'server'> = {
  heartBeat: { sendMs: 10_000, receiveMs: 10_000 },
  connectTimeoutMs: 10_000,
  limits: defaultStompLimits,
}
