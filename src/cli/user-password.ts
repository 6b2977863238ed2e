import { loadConfig } from '../config.ts'
import { hashPassword } from '../core/password.ts'
import { memberIdentity } from '../protocols/cstalk/identity.ts'
import { emailIdentity as personIdentity } from '../protocols/commu/person.ts'
import { RefreshTokens as PersonRefreshTokens } from '../protocols/commu/refresh-tokens.ts'
import { emailIdentity } from '../protocols/pintalk/host.ts'
import { RefreshTokens as HostRefreshTokens } from '../protocols/pintalk/refresh-tokens.ts'
import { appFlag, chooseApp, chooseProtocol, loginFlag, mustHaveLogins, protocolFlag } from './choices.ts'
import { CommandError, defineCommand } from './command.ts'
import { passwordFlag, takePassword } from './password-input.ts'
import { withStore } from './with-store.ts'

const identityOf = { cstalk: memberIdentity, pintalk: emailIdentity, commu: personIdentity }

export const userPassword = defineCommand({
  words: ['user', 'password'],
  summary: 'Change a user’s password',
  details:
    'It works beside a server that is running. Refresh tokens end with the old password; access tokens that were given out stay good until they expire.',
  flags: { app: appFlag, protocol: protocolFlag, login: loginFlag, password: passwordFlag },
  async run({ app: id, protocol, login, password: flag }) {
    const config = loadConfig(process.env)
    const app = chooseApp(config, id)
    const served = mustHaveLogins(protocol)
    chooseProtocol(app, served)
    const identity = identityOf[served](login)
    await withStore(config, async (store) => {
      const user = await store.users.byIdentity(app.id, identity)
      if (!user)
        throw new CommandError(
          `there is no login ${JSON.stringify(login)} in the app ${app.id}: \`parlance user list --app ${app.id}\` shows who is there`,
        )
      const { password, isNew } = await takePassword(flag)
      const changed = await store.users.update(app.id, user.id, { passwordHash: await hashPassword(password) })
      if (!changed) throw new CommandError(`${login} was removed meanwhile; nothing was changed`)
      // Each use of one gives the next: whoever knew the old password would stay in for ever.
      const owner = { appId: app.id, userId: user.id }
      await new PersonRefreshTokens(store, Date.now).revokeAll(owner)
      await new HostRefreshTokens(store, Date.now).revokeAll(owner, null)
      process.stdout.write(`Changed the password of ${login} in ${app.id}.\n`)
      if (isNew) process.stdout.write(`Password: ${password}\n`)
    })
  },
})
