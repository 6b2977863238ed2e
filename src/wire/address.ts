import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** Of requests that another node passed on. */
const told = new WeakMap<IncomingMessage, string>()

/** The node that a client talks to has found out its address, and it is known that this node says so. */
export function tellAddress(request: IncomingMessage, address: string): void {
  told.set(request, address)
}

/**
 * The address of the client. With `trustedHops` 0 the other end of the socket. With n, the server stands behind n
 * proxies that each append to X-Forwarded-For: the nth entry from the right, which is the last that a trusted proxy
 * wrote; anything left of it may be a lie. An entry that is no address counts as the socket's.
 */
export function clientAddress(request: IncomingMessage, trustedHops: number): string {
  const known = told.get(request)
  if (known !== undefined) return known
  const peer = request.socket.remoteAddress ?? ''
  const header = request.headers['x-forwarded-for']
  if (trustedHops < 1 || header === undefined) return unmapped(peer)
  const entries = String(header).split(',')
  const entry = bare(entries[Math.max(0, entries.length - trustedHops)]!.trim())
  return unmapped(isIP(entry) ? copied(entry) : peer)
}

/**
 * Who is counted together: an IPv4 address alone, of an IPv6 address the first 64 bits, because whoever has one
 * address there has 2^64 of them.
 */
export function addressBlock(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length + (tail.includes('.') ? 1 : 0)
    while (groups.length + after < 8) groups.push('0')
    if (tail !== '') groups.push(...tail.split(':'))
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

/** Some proxies write a port, or brackets. */
function bare(entry: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(entry)
  if (bracketed) return bracketed[1]!
  return /^[\d.]+:\d+$/.test(entry) ? entry.slice(0, entry.indexOf(':')) : entry
}

/** IPv4 as IPv4, whatever the socket's family. */
function unmapped(address: string): string {
  return address.toLowerCase().startsWith('::ffff:') && address.includes('.') ? copied(address.slice(7)) : address
}

/** A part of a string keeps the whole of it in memory, for as long as the line lives. */
function copied(part: string): string {
  return Buffer.from(part, 'latin1').toString('latin1')
}
