import { loadConfig } from '../config.ts'
import { protocolNames, roles } from '../core/model.ts'
import { appFlag, chooseApp } from './choices.ts'
import { inColumns } from './columns.ts'
import { defineCommand } from './command.ts'
import { withStore } from './with-store.ts'

const maxRows = 200

export const userList = defineCommand({
  words: ['user', 'list'],
  summary: 'List the newest users of an app',
  flags: {
    app: appFlag,
    protocol: { value: 'PROTOCOL', doc: `known on this one of ${protocolNames.join(', ')}`, choices: protocolNames },
    role: { value: 'ROLE', doc: `one of ${roles.join(', ')}`, choices: roles },
    search: { value: 'TEXT', doc: 'part of the name' },
  },
  async run({ app: id, protocol, role, search }) {
    const config = loadConfig(process.env)
    const appId = chooseApp(config, id).id
    const narrow = {
      ...(protocol && { protocol }),
      ...(role && { roles: [role] }),
      ...(search && { nameLike: search }),
    }
    await withStore(config, async (store) => {
      const { users, total } = await store.users.find({ appId, ...narrow, limit: maxRows })
      const rows: string[][] = []
      for (const user of users) {
        const identities = await store.users.identities(appId, user.id)
        const known = identities.map((identity) => `${identity.protocol}/${identity.externalId}`).join(' ')
        const since = new Date(user.createdAt).toISOString().slice(0, 10)
        rows.push([String(user.id), user.role, user.name, since, user.blocked ? 'blocked' : '', known])
      }
      process.stdout.write(`${inColumns([['ID', 'ROLE', 'NAME', 'SINCE', '', 'KNOWN AS'], ...rows])}\n`)
      // On the other stream, so that what reads the table isn't told about it.
      if (total > users.length)
        process.stderr.write(`${total - users.length} more: narrow it with --role or --search\n`)
    })
  },
})
