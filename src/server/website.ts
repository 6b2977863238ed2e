import type { Settings } from '../config/table.ts'
import { Retention } from '../core/retention.ts'
import { Postman } from '../jobs/postman.ts'
import { noSmtp, smtpSender } from '../jobs/smtp.ts'
import { pintalkSockets } from '../protocols/pintalk/asyncapi.ts'
import { MessageMails } from '../protocols/pintalk/message-mails.ts'
import { Pintalk } from '../protocols/pintalk/pintalk.ts'
import { pintalkDocs } from '../protocols/pintalk/rest/docs.ts'
import { guestRetention } from '../protocols/pintalk/retention-rule.ts'
import { PintalkSockets } from '../protocols/pintalk/socket/sockets.ts'
import type { House } from './house.ts'
import type { Part } from './part.ts'

/** pintalk: the WebSockets and REST of a website's guests and hosts, their mails, and the removal of old messages. `url` is where it is reached. */
export function openWebsite(house: House, url: () => string): Part {
  const { settings, bus, store, nodes, broom, limit, log, now } = house
  const apps = house.apps.flatMap((app) => (app.pintalk ? [{ app, settings: app.pintalk }] : []))
  const pintalk = Pintalk.open({
    ...house,
    apps,
    limits: limitsOf(house),
    maxImageBytes: settings.profileImageMaxBytes,
    publicUrl: settings.publicUrl,
  })
  const { prefixes, routes, errorBody, shared } = pintalk
  const rates = {
    frames: limit(settings.framesPerSecond, settings.frameBurst),
    guestMessages: limit(settings.guestMessagesPerSecond, settings.guestMessageBurst, 'pintalk guestMessages'),
    hostMessages: limit(settings.hostMessagesPerSecond, settings.hostMessageBurst, 'pintalk hostMessages'),
  }
  const dials = limit(settings.dialsPerSecond, settings.dialBurst, 'pintalk dials')
  const sockets = new PintalkSockets({ house: { ...shared, ...rates }, bus, nodes, dials, wire: house.wire('pintalk') })
  broom.add(sockets)
  const rules = apps.map(({ app }) => guestRetention(app.id, settings.retentionDays))
  const retention = new Retention({ store, rules, intervalMs: settings.retentionIntervalMs, now, log })
  // Of several nodes one.
  const sweeping = nodes.lease('retention')
  broom.add({ sweep: (at) => void (sweeping.isHeld && retention.sweep(at)) })
  const smtp = smtpOf(settings)
  const postman = new Postman({ ...smtp, errands: store.errands, lease: nodes.lease('mail'), now, log })
  broom.add(postman)
  const mails = new MessageMails({ ...house, sendMail: shared.sendMail, adminUrl: url })
  const guests = {
    prefixes,
    routes,
    errorBody,
    docs: pintalkDocs,
    uploads: { maxBytes: settings.profileImageMaxBytes },
  }
  return {
    mounts: apps.length > 0 ? [guests] : [],
    sockets: apps.length > 0 ? pintalkSockets : [],
    takeRequest: () => false,
    takeUpgrade: (request, socket, head) => {
      if (!sockets.owns(request.url ?? '')) return false
      sockets.upgrade(request, socket, head)
      return true
    },
    drain: async (close) => {
      await Promise.all([sockets.drain(close), postman.stop()])
      await mails.settled()
      smtp.close()
    },
  }
}

function smtpOf({ smtpUrl, mailFrom }: Settings): ReturnType<typeof smtpSender> {
  return smtpUrl !== null && mailFrom !== null ? smtpSender(smtpUrl, mailFrom) : noSmtp
}

function limitsOf({ settings, limit }: House) {
  return {
    visits: limit(settings.messagesPerSecond, settings.messageBurst, 'pintalk visits'),
    reads: limit(settings.messagesPerSecond, settings.messageBurst, 'pintalk reads'),
    newcomers: limit(settings.newCustomersPerSecond, settings.newCustomersBurst, 'pintalk newcomers'),
    rooms: limit(settings.guestRoomsPerMinute / 60, settings.guestRoomsPerMinute, 'pintalk rooms'),
    logins: limit((settings.loginAttempts * 1000) / settings.loginWindowMs, settings.loginAttempts, 'pintalk logins'),
    emailRequests: limit(settings.emailRequestsPerHour / 3600, settings.emailRequestsPerHour, 'pintalk emailRequests'),
    mails: limit(settings.mailsPerHour / 3600, settings.mailsPerHour, 'pintalk mails'),
    uploads: limit(settings.uploadsPerMinute / 60, settings.uploadsPerMinute, 'pintalk uploads'),
  }
}
