import type { User } from '../../core/model.ts'
import { hostMeta } from './host.ts'

/** `baseUrl` goes before the paths of files: pages of other websites show them. */

/** All that a host sees of its own account. */
export function userObject(user: User, baseUrl: string): object {
  const meta = hostMeta(user)
  return {
    id: user.id,
    email: meta.email,
    uuid: meta.uuid,
    profileName: user.name,
    description: meta.description,
    accessKey: meta.accessKey,
    secretKey: meta.secretKey,
    serviceName: meta.serviceName,
    serviceExpl: meta.serviceExpl,
    serviceDomain: meta.serviceDomain,
    profileImage: imageUrl(meta.profileImage, baseUrl),
    isDeleted: meta.deletedAt !== null,
    deletedAt: iso(meta.deletedAt),
    createdAt: iso(user.createdAt),
    updatedAt: iso(user.updatedAt),
  }
}

/** What guests see of a host. */
export function clientObject(user: User, baseUrl: string): object {
  const { email, uuid, description, serviceName, profileImage, useOnlineStatus } = hostMeta(user)
  const image = imageUrl(profileImage, baseUrl)
  const shown = { email, uuid, profileName: user.name, description, serviceName, profileImage: image }
  return { ...shown, configs: { useOnlineStatus } }
}

export function configsObject(user: User, baseUrl: string): object {
  const { useOnlineStatus } = hostMeta(user)
  const times = { createdAt: iso(user.createdAt), updatedAt: iso(user.updatedAt) }
  return { id: user.id, user: userObject(user, baseUrl), useOnlineStatus, ...times }
}

export function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}

function imageUrl(path: string | null, baseUrl: string): string | null {
  return path === null ? null : baseUrl + path
}
