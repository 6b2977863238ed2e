import type { Identity, User } from '../../core/model.ts'

/** What is kept of a host, the owner of a website, in `user.meta`. `user.name` is its profile name. */
export interface HostMeta {
  readonly email: string
  /** 22 characters; names the host towards guests. */
  readonly uuid: string
  /** 22 characters; with the secret key it stands in the page of the host's website. */
  readonly accessKey: string
  /** 64 hex digits. Public as far as the page is: it is what the clients send. */
  readonly secretKey: string
  readonly serviceName: string
  readonly serviceExpl: string
  /** `host[:port]` of the website; guests' Origin must be it. */
  readonly serviceDomain: string
  readonly description: string
  readonly profileImage: string | null
  readonly useOnlineStatus: boolean
  /** In which mails are written to it; Korean where it isn't known. */
  readonly language?: string
  /** When the account was left; null while it lives. */
  readonly deletedAt: number | null
}

export function hostMeta(user: User): HostMeta {
  return user.meta as unknown as HostMeta
}

// A host is known by three names; the prefix keeps one kind from passing for another.

export function emailIdentity(email: string): Identity {
  return { protocol: 'pintalk', externalId: `email:${email.trim().toLowerCase()}` }
}

export function uuidIdentity(uuid: string): Identity {
  return { protocol: 'pintalk', externalId: `uuid:${uuid}` }
}

export function keyIdentity(accessKey: string): Identity {
  return { protocol: 'pintalk', externalId: `key:${accessKey}` }
}

/** A guest is known by its room's name, which only it and the host have. */
export function guestIdentity(roomName: string): Identity {
  return { protocol: 'pintalk', externalId: `guest:${roomName}` }
}

/** The key of a guest's room; `roomNameOf` gets the name back. */
export function roomKey(name: string): string {
  return `pintalk:${name}`
}

export function roomNameOf(key: string): string {
  return key.slice('pintalk:'.length)
}
