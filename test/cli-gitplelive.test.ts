import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoApp, demoGitplelive } from '../src/demo.ts'
import { assertSentence, runProgram, Serving } from './support/program.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

test('the demo’s users are in their channel, and get session tokens', async () => {
  await using folder = await temporaryFolder()
  const options = { folder: folder.path }
  const { appId, apiKey } = demoApp.gitplelive
  // The second start finds what the first has made.
  for (let start = 0; start < 2; start++) {
    await using server = await Serving.start(options)
    assert.match(server.out, /APP_ID: demo, APP_API_KEY: demo-api-key/)
    const [userId] = demoGitplelive.userIds
    const token = ['token', '--app', 'demo', '--protocol', 'gitplelive', '--login', userId]
    const { code, out } = await runProgram(token, options)
    assert.equal(code, 0)
    const headers = { Authorization: `Bearer ${out.trim()}` }
    const { channels } = (await (await fetch(`${server.url}/v1/client/group/channels`, { headers })).json()) as {
      channels: { channel_id: string }[]
    }
    assert.deepEqual(
      channels.map((one) => one.channel_id),
      [demoGitplelive.channelId],
    )
    const keys = { APP_ID: appId, APP_API_KEY: apiKey }
    const { users } = (await (await fetch(`${server.url}/v1/users`, { headers: keys })).json()) as { users: object[] }
    assert.equal(users.length, demoGitplelive.userIds.length)
  }
  const nobody = ['token', '--app', 'demo', '--protocol', 'gitplelive', '--login', 'nobody']
  assertSentence(await runProgram(nobody, options), /there is no user "nobody"/)
  const unsaid = await runProgram(nobody.slice(0, 5), options)
  assert.equal(unsaid.code, 2)
  assert.match(unsaid.err, /--login with a user_id/)
})
