import type { Operation } from '../operation.ts'
import { banUser, listBans, unbanUser } from './bans.ts'
import { listChannels } from './channel-list.ts'
import * as channels from './channels.ts'
import * as members from './members.ts'
import { listMessages } from './message-list.ts'
import * as messages from './messages.ts'
import * as receipts from './receipts.ts'
import * as reports from './reports.ts'
import * as users from './users.ts'

/** Everything that may be asked, by the name that it has on sockets. */
export const operations = {
  create_user: users.createUser,
  list_users: users.listUsers,
  get_user: users.getUser,
  update_user: users.updateUser,
  delete_user: users.deleteUser,
  update_user_meta: users.updateUserMeta,
  delete_user_meta: users.deleteUserMeta,
  issue_token: users.issueToken,
  revoke_tokens: users.revokeTokens,
  create_channel: channels.createChannel,
  list_channels: listChannels,
  get_channel: channels.getChannel,
  update_channel: channels.updateChannel,
  delete_channel: channels.deleteChannel,
  update_channel_meta: channels.updateChannelMeta,
  delete_channel_meta: channels.deleteChannelMeta,
  freeze_channel: channels.freezeChannel,
  join_channel: members.joinChannel,
  leave_channel: members.leaveChannel,
  list_members: members.listMembers,
  list_online_members: members.listOnlineMembers,
  list_managers: members.listManagers,
  add_manager: members.addManager,
  remove_manager: members.removeManager,
  ban_user: banUser,
  unban_user: unbanUser,
  list_bans: listBans,
  send_message: messages.sendMessage,
  list_messages: listMessages,
  update_message: messages.updateMessage,
  delete_message: messages.deleteMessage,
  update_message_meta: messages.updateMessageMeta,
  delete_message_meta: messages.deleteMessageMeta,
  mark_read: receipts.markRead,
  mark_delivered: receipts.markDelivered,
  send_typing: receipts.sendTyping,
  create_report: reports.createReport,
  list_reports: reports.listReports,
} as const satisfies Record<string, Operation>

export type OperationName = keyof typeof operations
