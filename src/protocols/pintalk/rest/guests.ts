import type { FastifyInstance, FastifyRequest } from 'fastify'
import { addressBlock } from '../../../wire/address.ts'
import { openGuestRoom, type GuestMeta } from '../guest-rooms.ts'
import { clientObject } from '../host-object.ts'
import { mailLanguage } from '../mail.ts'
import { guestRoom } from '../room-object.ts'
import { baseUrl } from './base-url.ts'
import { allow } from './cors.ts'
import { mustComeFrom } from './door.ts'
import { Fields } from './fields.ts'
import { addRoute, type Rest } from './rest.ts'

/** What the page of a host's website asks for, with the host's keys. */
export function guestRoutes(scope: FastifyInstance, { shared, door }: Rest): void {
  const { limits, store } = shared

  addRoute(scope, {
    method: 'POST',
    path: '/api/chat',
    // Those with a host's keys are counted as newcomers, which is stricter in the long run and wider for a crowd.
    who: async () => {},
    answer: async ({ request, reply }) => {
      const host = await door.hostOfKeys(request).catch(async (error: unknown) => {
        await door.visitors(request)
        throw error
      })
      const { origin } = request.headers
      if (origin !== undefined) {
        mustComeFrom(host, origin)
        allow(reply, origin)
      }
      const guest = readGuest(request)
      // The address first: one alone shall not use up the host's.
      limits.newcomers.demand(addressBlock(request.ip), 'Too many new chatrooms from this address.')
      limits.rooms.demand(host.user.id, 'Too many new chatrooms of this host.')
      const room = await openGuestRoom(store, host, guest)
      return reply.code(201).send(guestRoom(room, host.user, baseUrl(shared, request)))
    },
  })

  addRoute(scope, {
    method: 'GET',
    path: '/api/users/client',
    who: door.visitors,
    answer: async ({ request, reply }) => {
      const host = await door.hostOfKeys(request)
      const { origin } = request.headers
      mustComeFrom(host, origin)
      if (origin !== undefined) allow(reply, origin)
      return clientObject(host.user, baseUrl(shared, request))
    },
  })
}

/** The published clients send no body; a guest that says its e-mail address is mailed what it misses. */
function readGuest({ body, headers }: FastifyRequest): GuestMeta {
  const fields = new Fields(body)
  const language = mailLanguage(headers['accept-language'])
  const guest = fields.isSaid('email') ? { language, email: fields.email('email') } : { language }
  fields.done()
  return guest
}
