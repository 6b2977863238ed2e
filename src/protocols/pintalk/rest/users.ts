import type { FastifyInstance } from 'fastify'
import { fileIdIn } from '../guest-rooms.ts'
import { configsObject, userObject } from '../host-object.ts'
import { hostMeta, type HostMeta } from '../host.ts'
import { baseUrl } from './base-url.ts'
import { callerOf, type Caller } from './door.ts'
import { Fields } from './fields.ts'
import { numberedPage } from './paging.ts'
import { readProfileForm } from './profile-form.ts'
import { Refusal } from './refusal.ts'
import { addRoute, type Exchange, type Rest } from './rest.ts'

type ProfilePatch = { -readonly [Name in keyof HostMeta]?: HostMeta[Name] } & { profileName?: string }

export function userRoutes(scope: FastifyInstance, { shared, door }: Rest): void {
  const { files, hosts } = shared

  addRoute(scope, {
    method: 'GET',
    path: '/api/users',
    who: door.hosts,
    // A host knows of no other, so its list has one.
    answer: ({ request }) => {
      const base = baseUrl(shared, request)
      return numberedPage(`${base}/api/users/`, 1, 1, [userObject(callerOf(request).user, base)])
    },
  })

  addRoute(scope, {
    method: 'GET',
    path: '/api/users/:id',
    who: door.hosts,
    answer: (exchange) => userObject(self(exchange).user, baseUrl(shared, exchange.request)),
  })

  addRoute(scope, {
    method: 'PATCH',
    path: '/api/users/:id',
    who: door.hosts,
    answer: async (exchange) => {
      const { request } = exchange
      const caller = self(exchange)
      const { body, image } = await readProfileForm(shared, caller, request)
      try {
        const patch = readPatch(body)
        const profileImage = image ?? patch.profileImage
        const before = hostMeta(caller.user).profileImage
        const { user } = await hosts.changeProfile(caller, {
          ...patch,
          ...(profileImage === undefined ? {} : { profileImage }),
        })
        if (profileImage !== undefined) await forget(caller, before)
        return userObject(user, baseUrl(shared, request))
      } catch (error) {
        await forget(caller, image)
        throw error
      }
    },
  })

  const forget = async ({ user }: Caller, image: string | null): Promise<void> => {
    const id = image === null ? null : fileIdIn(image, user.appId)
    if (id !== null) await files.remove(user.appId, id)
  }

  addRoute(scope, {
    method: 'PATCH',
    path: '/api/users/:id/configs',
    who: door.hosts,
    answer: async (exchange) => {
      const caller = self(exchange)
      const fields = new Fields(exchange.request.body)
      const useOnlineStatus = fields.flag('useOnlineStatus')
      fields.done()
      const { user } = await hosts.changeProfile(caller, { useOnlineStatus })
      return configsObject(user, baseUrl(shared, exchange.request))
    },
  })
}

/** The caller, if the address is its own. Which other numbers there are is not told. */
function self({ request }: Exchange): Caller {
  const caller = callerOf(request)
  const { id } = request.params as { id: string }
  if (id !== String(caller.user.id)) throw new Refusal(403, 'This is not your account.')
  return caller
}

function readPatch(body: unknown): ProfilePatch {
  const fields = new Fields(body)
  const patch: ProfilePatch = {}
  if (fields.has('serviceName')) patch.serviceName = fields.text('serviceName', 50)
  if (fields.has('serviceExpl')) patch.serviceExpl = fields.text('serviceExpl', 200, { minChars: 0, lines: true })
  if (fields.has('serviceDomain')) patch.serviceDomain = fields.serviceDomain('serviceDomain')
  if (fields.has('profileName')) patch.profileName = fields.text('profileName', 50)
  if (fields.has('description')) patch.description = fields.text('description', 200, { minChars: 0, lines: true })
  // Without a file it can only be taken away. Clients send back what they were given: that changes nothing.
  if (fields.isNull('profileImage')) patch.profileImage = null
  fields.done()
  return patch
}
