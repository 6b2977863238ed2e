import { loadConfig } from '../config.ts'
import { hashPassword } from '../core/password.ts'
import { memberIdentity } from '../protocols/cstalk/identity.ts'
import { emailIdentity } from '../protocols/pintalk/host.ts'
import { appFlag, chooseApp, chooseProtocol, loginFlag, mustBeServed, protocolFlag } from './choices.ts'
import { CommandError, defineCommand } from './command.ts'
import { passwordFlag, takePassword } from './password-input.ts'
import { withStore } from './with-store.ts'

export const userPassword = defineCommand({
  words: ['user', 'password'],
  summary: 'Change a user’s password',
  details: 'It works beside a server that is running. Tokens that were given out stay good until they expire.',
  flags: { app: appFlag, protocol: protocolFlag, login: loginFlag, password: passwordFlag },
  async run({ app: id, protocol, login, password: flag }) {
    const config = loadConfig(process.env)
    const app = chooseApp(config, id)
    const served = mustBeServed(protocol)
    chooseProtocol(app, served)
    const identity = served === 'pintalk' ? emailIdentity(login) : memberIdentity(login)
    await withStore(config, async (store) => {
      const user = await store.users.byIdentity(app.id, identity)
      if (!user)
        throw new CommandError(
          `there is no login ${JSON.stringify(login)} in the app ${app.id}: \`parlance user list --app ${app.id}\` shows who is there`,
        )
      const { password, isNew } = await takePassword(flag)
      const changed = await store.users.update(app.id, user.id, { passwordHash: await hashPassword(password) })
      if (!changed) throw new CommandError(`${login} was removed meanwhile; nothing was changed`)
      process.stdout.write(`Changed the password of ${login} in ${app.id}.\n`)
      if (isNew) process.stdout.write(`Password: ${password}\n`)
    })
  },
})
