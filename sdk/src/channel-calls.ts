import type { Rest } from './rest.ts'
import type { Ban, Channel, Meta, Report, User } from './types.ts'

/** A page of a list: `next` of one answer asks for the page after it. */
export interface PageQuery {
  /** 1 to 100; 15 where it isn't said. */
  readonly limit?: number
  readonly next?: string
}

export interface ChannelQuery {
  readonly show_members?: boolean
  readonly show_managers?: boolean
  readonly show_unread?: boolean
  readonly show_read_receipt?: boolean
  readonly show_delivery_receipt?: boolean
  readonly show_last_message?: boolean
}

export interface ChannelListQuery extends PageQuery, ChannelQuery {
  /** Part of the name. */
  readonly name?: string
  /** Users who all are members, with commas between them. */
  readonly include_members?: string
}

export interface NewChannel {
  /** 4 to 80 of `a-z 0-9 _`. */
  readonly channel_id: string
  readonly name: string
  readonly profile_url?: string
  /** Up to 100 `user_id`s. */
  readonly members: readonly string[]
  /** Take the channel that has exactly these members, where there is one that nobody else ever joined. */
  readonly reuse?: boolean
  readonly meta?: Meta
}

/** Calls about users, channels and their members. What a user may not do is refused with the server's code. */
export abstract class ChannelCalls {
  /** How the calls are made. */
  protected abstract readonly rest: Rest
  protected abstract handled<T>(promise: Promise<T>): Promise<T>

  /**
   * A user of the app.
   *
   * @example
   * ```ts
   * const user = await client.getUser({ user_id: 'user_2' })
   * console.log(user.name)
   * ```
   */
  getUser({ user_id }: { readonly user_id: string }): Promise<User> {
    return this.ask('GET', `/users/${encodeURIComponent(user_id)}`)
  }

  /**
   * Changes one's own name or picture.
   *
   * @example
   * ```ts
   * const me = await client.updateUser({ user_id: 'user_1', name: 'Mira', profile_url: 'mira.png' })
   * console.log(me.name)
   * ```
   */
  updateUser(change: {
    readonly user_id: string
    readonly name?: string
    readonly profile_url?: string
  }): Promise<User> {
    const { user_id, ...body } = change
    return this.ask('PUT', `/users/${encodeURIComponent(user_id)}`, { body })
  }

  /**
   * Sets pairs of one's own `meta`; the others stay.
   *
   * @example
   * ```ts
   * const me = await client.updateUserMeta({ user_id: 'user_1', meta: { team: 'blue' } })
   * console.log(me.meta?.team)
   * ```
   */
  updateUserMeta({ user_id, meta }: { readonly user_id: string; readonly meta: Meta }): Promise<User> {
    return this.ask('PUT', `/users/${encodeURIComponent(user_id)}/meta`, { body: { meta } })
  }

  /**
   * Removes pairs of one's own `meta`; all of them where no keys are named.
   *
   * @example
   * ```ts
   * await client.deleteUserMeta({ user_id: 'user_1', keys: ['team'] })
   * ```
   */
  deleteUserMeta({ user_id, keys }: { readonly user_id: string; readonly keys?: readonly string[] }): Promise<User> {
    return this.ask('DELETE', `/users/${encodeURIComponent(user_id)}/meta`, { body: keys ? { keys } : {} })
  }

  /**
   * Makes a channel, or answers the one that is reused.
   *
   * @example
   * ```ts
   * const channel = await client.createChannel({
   *   channel_id: 'user_1_user_2',
   *   name: 'Mira and Juno',
   *   members: ['user_1', 'user_2'],
   *   reuse: true,
   * })
   * console.log(channel.channel_id)
   * ```
   */
  createChannel(channel: NewChannel): Promise<Channel> {
    return this.ask('POST', '/group/channels', { body: { reuse: false, ...channel } })
  }

  /**
   * One's channels.
   *
   * @example
   * ```ts
   * const { channels, next } = await client.getChannels({ limit: 20, show_unread: true })
   * console.log(channels.map((channel) => channel.name), next)
   * ```
   */
  getChannels(
    query: ChannelListQuery = {},
  ): Promise<{ readonly channels: readonly Channel[]; readonly next?: string }> {
    return this.ask('GET', '/group/channels', { query: { ...query } })
  }

  /**
   * One channel.
   *
   * @example
   * ```ts
   * const channel = await client.getChannel({ channel_id: 'channel_1', show_members: true })
   * console.log(channel.members?.length)
   * ```
   */
  getChannel({ channel_id, ...query }: ChannelQuery & { readonly channel_id: string }): Promise<Channel> {
    return this.ask('GET', at(channel_id), { query })
  }

  /**
   * Changes a channel's name or picture: for its managers.
   *
   * @example
   * ```ts
   * await client.updateChannel({ channel_id: 'channel_1', name: 'Everybody' })
   * ```
   */
  updateChannel(change: {
    readonly channel_id: string
    readonly name?: string
    readonly profile_url?: string
  }): Promise<Channel> {
    const { channel_id, ...body } = change
    return this.ask('PUT', at(channel_id), { body })
  }

  /**
   * Sets pairs of a channel's `meta`; the others stay.
   *
   * @example
   * ```ts
   * await client.updateChannelMeta({ channel_id: 'channel_1', meta: { topic: 'lunch' } })
   * ```
   */
  updateChannelMeta({ channel_id, meta }: { readonly channel_id: string; readonly meta: Meta }): Promise<Channel> {
    return this.ask('PUT', at(channel_id, '/meta'), { body: { meta } })
  }

  /**
   * Removes pairs of a channel's `meta`; all of them where no keys are named.
   *
   * @example
   * ```ts
   * await client.deleteChannelMeta({ channel_id: 'channel_1', keys: ['topic'] })
   * ```
   */
  deleteChannelMeta(named: { readonly channel_id: string; readonly keys?: readonly string[] }): Promise<Channel> {
    const { channel_id, keys } = named
    return this.ask('DELETE', at(channel_id, '/meta'), { body: keys ? { keys } : {} })
  }

  /**
   * Brings somebody into a channel that one is in.
   *
   * @example
   * ```ts
   * await client.joinChannel({ channel_id: 'channel_1', member: 'user_3' })
   * ```
   */
  joinChannel({ channel_id, member }: { readonly channel_id: string; readonly member: string }): Promise<void> {
    return this.ask('PUT', at(channel_id, '/join'), { body: { member } })
  }

  /**
   * Is a member no longer. Managers end the membership of others too.
   *
   * @example
   * ```ts
   * await client.leaveChannel({ channel_id: 'channel_1', member: 'user_1' })
   * ```
   */
  leaveChannel({ channel_id, member }: { readonly channel_id: string; readonly member: string }): Promise<void> {
    return this.ask('PUT', at(channel_id, '/leave'), { body: { member } })
  }

  /**
   * Everybody in a channel.
   *
   * @example
   * ```ts
   * for (const { user_id, joined_at } of await client.getMembers({ channel_id: 'channel_1' })) console.log(user_id, joined_at)
   * ```
   */
  getMembers({ channel_id }: { readonly channel_id: string }): Promise<readonly User[]> {
    return this.ask('GET', at(channel_id, '/members'))
  }

  /**
   * The members who are connected now.
   *
   * @example
   * ```ts
   * console.log(await client.getOnlineMembers({ channel_id: 'channel_1' }))
   * ```
   */
  getOnlineMembers({ channel_id }: { readonly channel_id: string }): Promise<readonly User[]> {
    return this.ask('GET', at(channel_id, '/online_members'))
  }

  /**
   * Who runs a channel.
   *
   * @example
   * ```ts
   * console.log(await client.getManagers({ channel_id: 'channel_1' }))
   * ```
   */
  getManagers({ channel_id }: { readonly channel_id: string }): Promise<readonly User[]> {
    return this.ask('GET', at(channel_id, '/managers'))
  }

  /**
   * Makes a member a manager: for managers. Answers with all of them.
   *
   * @example
   * ```ts
   * await client.addManager({ channel_id: 'channel_1', manager: 'user_2' })
   * ```
   */
  addManager(named: { readonly channel_id: string; readonly manager: string }): Promise<readonly User[]> {
    const { channel_id, manager } = named
    return this.ask('POST', at(channel_id, '/managers'), { body: { manager } })
  }

  /**
   * Makes a manager a member like the others: for managers. Answers with those who still are.
   *
   * @example
   * ```ts
   * await client.addManager({ channel_id: 'channel_1', manager: 'user_2' })
   * await client.removeManager({ channel_id: 'channel_1', manager: 'user_2' })
   * ```
   */
  removeManager(named: { readonly channel_id: string; readonly manager: string }): Promise<readonly User[]> {
    const { channel_id, manager } = named
    return this.ask('DELETE', at(channel_id, '/managers'), { body: { manager } })
  }

  /**
   * In a frozen channel only managers write: for managers.
   *
   * @example
   * ```ts
   * const channel = await client.freezeChannel({ channel_id: 'channel_1', freeze: true })
   * console.log(channel.freeze)
   * ```
   */
  freezeChannel({ channel_id, freeze }: { readonly channel_id: string; readonly freeze: boolean }): Promise<Channel> {
    return this.ask('PUT', at(channel_id, '/freeze'), { body: { freeze } })
  }

  /**
   * Ends a membership and keeps the user out for some seconds: for managers.
   *
   * @example
   * ```ts
   * await client.banUser({ channel_id: 'channel_1', user_id: 'user_2', seconds: 600, reason: 'spam' })
   * ```
   */
  banUser(ban: {
    readonly channel_id: string
    readonly user_id: string
    readonly seconds: number
    readonly reason?: string
  }): Promise<Ban> {
    const { channel_id, ...body } = ban
    return this.ask('POST', at(channel_id, '/ban'), { body })
  }

  /**
   * Lets a banned user join again: for managers.
   *
   * @example
   * ```ts
   * await client.banUser({ channel_id: 'channel_1', user_id: 'user_2', seconds: 600 })
   * await client.unbanUser({ channel_id: 'channel_1', user_id: 'user_2' })
   * ```
   */
  unbanUser({ channel_id, user_id }: { readonly channel_id: string; readonly user_id: string }): Promise<void> {
    return this.ask('DELETE', at(channel_id, `/ban/${encodeURIComponent(user_id)}`))
  }

  /**
   * Who is kept out: for managers.
   *
   * @example
   * ```ts
   * console.log(await client.getBannedUsers({ channel_id: 'channel_1' }))
   * ```
   */
  getBannedUsers({ channel_id }: { readonly channel_id: string }): Promise<readonly Ban[]> {
    return this.ask('GET', at(channel_id, '/banned_list'))
  }

  /**
   * Tells a channel's managers of a message, of a user, or of the channel.
   *
   * @example
   * ```ts
   * const report = await client.createReport({ channel_id: 'channel_1', target_user_id: 'user_2', category: 'spam' })
   * console.log(report.report_id)
   * ```
   */
  createReport(report: {
    readonly channel_id: string
    readonly message_id?: number
    readonly target_user_id?: string
    readonly category?: Report['category']
    readonly description?: string
  }): Promise<Report> {
    return this.ask('POST', '/reports', { body: report })
  }

  /**
   * What was reported in a channel: for its managers.
   *
   * @example
   * ```ts
   * const { reports } = await client.getReports({ channel_id: 'channel_1' })
   * console.log(reports.length)
   * ```
   */
  getReports(query: PageQuery & { readonly channel_id: string }): Promise<{
    readonly reports: readonly Report[]
    readonly next?: string
  }> {
    const { channel_id, ...page } = query
    return this.ask('GET', `/reports${at(channel_id)}`, { query: page })
  }

  protected ask<T>(method: string, path: string, asked?: Parameters<Rest['ask']>[2]): Promise<T> {
    return this.handled(this.rest.ask<T>(method, path, asked))
  }
}

/** The path of a channel, or of what is below it. */
export function at(channelId: string, below = ''): string {
  return `/group/channels/${encodeURIComponent(channelId)}${below}`
}
