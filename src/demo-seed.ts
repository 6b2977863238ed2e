import { hashPassword } from './core/password.ts'
import type { Store } from './core/ports.ts'
import { demoApp, demoCstalk, demoPassword, demoPintalk } from './demo.ts'
import { customerIdentity, customerRoomKey, memberIdentity } from './protocols/cstalk/identity.ts'
import { emailIdentity } from './protocols/pintalk/host.ts'
import { openHost } from './protocols/pintalk/host-accounts.ts'

/** Puts the demo app's people into the store. What is there already stays as it is. */
export async function seedDemo(store: Store): Promise<void> {
  for (const { loginName, name, role } of demoCstalk.members) {
    const identity = memberIdentity(loginName)
    if (await store.users.byIdentity(demoApp.id, identity)) continue
    await store.users.ensure({
      appId: demoApp.id,
      role,
      name,
      identity,
      passwordHash: await hashPassword(demoPassword),
      meta: { loginName },
    })
  }
  const number = demoCstalk.customerNumber
  const meta = { gasappMemberNumber: number, telNumber: null }
  const { user } = await store.users.ensure({
    appId: demoApp.id,
    role: 'customer',
    name: `고객 ${number}`,
    identity: customerIdentity(number),
    meta,
  })
  await store.rooms.ensure({
    appId: demoApp.id,
    key: customerRoomKey(number),
    kind: 'consultation',
    name: user.name,
    state: 'closed',
    ownerId: user.id,
    members: [{ userId: user.id, role: 'customer' }],
    meta: { customer: meta },
  })
  if (!(await store.users.byIdentity(demoApp.id, emailIdentity(demoPintalk.email)))) {
    await openHost(store.users, demoApp.id, { ...demoPintalk, password: demoPassword })
  }
}
