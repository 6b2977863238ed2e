import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { GitpleliveRest } from '../../../test/support/gitplelive-rest.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { Counts } from './counts.ts'

async function filled(path?: string): Promise<GitpleliveRest> {
  const rest = await GitpleliveRest.open(path === undefined ? {} : { path })
  await rest.users('ana', 'bo')
  await rest.channel('team', 'ana', 'bo')
  return rest
}

async function counted(rest: GitpleliveRest): Promise<[number, number]> {
  const { json } = await rest.platform('GET', '/group/channels/team')
  return [json.total_message_count, json.total_file_count]
}

async function sendFile(rest: GitpleliveRest): Promise<number> {
  const form = new FormData()
  form.append('user_id', 'ana')
  form.append('file', new File(['words'], 'a.txt'))
  return (await rest.platform('POST', '/group/channels/team/messages', form)).json.message_id
}

describe('counts', () => {
  test('go along with what is sent and deleted', async () => {
    await using rest = await filled()
    assert.deepEqual(await counted(rest), [0, 0])
    await rest.say('team', 'ana', 'one')
    await rest.say('team', 'bo', 'two')
    const fileId = await sendFile(rest)
    assert.deepEqual(await counted(rest), [3, 1])
    await rest.platform('DELETE', '/group/channels/team/messages/1')
    await rest.platform('PUT', '/group/channels/team/messages/2', { content: 'two and a half' })
    assert.deepEqual(await counted(rest), [2, 1])
    await rest.platform('DELETE', `/group/channels/team/messages/${fileId}`)
    assert.deepEqual(await counted(rest), [1, 0])
  })

  test('are the same after a restart', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'parlance.sqlite')
    {
      await using rest = await filled(path)
      await sendFile(rest)
      await rest.say('team', 'ana', 'two')
      await rest.say('team', 'ana', 'three')
      await rest.platform('DELETE', '/group/channels/team/messages/2')
    }
    await using again = await GitpleliveRest.open({ path })
    assert.deepEqual(await counted(again), [2, 1])
  })

  test('of a long channel are kept, so that only what came since is read', async () => {
    await using rest = await filled()
    const room = (await rest.shared.directory.room(rest.shared.apps[0]!.app.id, 'team'))!
    const sender = {
      id: (await rest.shared.directory.user(rest.shared.apps[0]!, 'ana')).id,
      name: 'ana',
      role: 'member',
    }
    const post = {
      type: 'post',
      sender,
      messageType: 'text',
      body: 'x',
      detail: '',
      audience: 'all',
      meta: null,
    } as never
    const append = () => rest.store.append(room.appId, room.id, () => [post], { actorId: null, origin: null }).durable
    await Promise.all(Array.from({ length: 2400 }, append))
    const { bus, log } = rest.shared
    const reads: number[] = []
    const messages = new Proxy(rest.store.messages, {
      get: (target, name) =>
        name === 'since'
          ? (...args: Parameters<typeof target.since>) => {
              reads.push(args[1])
              return target.since(...args)
            }
          : Reflect.get(target, name),
    })
    const { documents } = rest.store
    const store = { documents, messages } as unknown as typeof rest.store
    const look = () => new Counts({ store, bus, log }).of(room)
    assert.equal((await look()).messages, 2400)
    assert.deepEqual(reads.splice(0), [0, 500, 1000, 1500, 2000])
    await append()
    assert.equal((await look()).messages, 2401)
    assert.deepEqual(reads, [2400])
  })

  test('what was missed is read again', async () => {
    await using rest = await filled()
    await rest.say('team', 'ana', 'one')
    const { counts } = rest.shared
    const room = (await rest.shared.directory.room(rest.shared.apps[0]!.app.id, 'team'))!
    await counts.of(room)
    const [posted] = rest.deliveries.map(({ event }) => event).filter(({ type }) => type === 'message_posted')
    assert.ok(posted?.type === 'message_posted')
    assert.equal(counts.after({ ...posted, seq: posted.seq + 2 }), null)
    assert.equal((await counts.of(room)).messages, 1)
  })
})
