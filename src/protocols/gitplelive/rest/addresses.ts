import type { OperationName } from '../operations/operations.ts'

interface Address {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/v1` for the app's servers, and below `/v1/client` for users. What it names is a field of the input. */
  readonly path: string
  readonly operation: OperationName
}

const channel = '/group/channels/:channel_id'
const message = `${channel}/messages/:message_id`

/** Where the operations are found. */
export const addresses: readonly Address[] = [
  { method: 'POST', path: '/users', operation: 'create_user' },
  { method: 'GET', path: '/users', operation: 'list_users' },
  { method: 'GET', path: '/users/:user_id', operation: 'get_user' },
  { method: 'PUT', path: '/users/:user_id', operation: 'update_user' },
  { method: 'DELETE', path: '/users/:user_id', operation: 'delete_user' },
  { method: 'PUT', path: '/users/:user_id/meta', operation: 'update_user_meta' },
  { method: 'DELETE', path: '/users/:user_id/meta', operation: 'delete_user_meta' },
  { method: 'POST', path: '/users/:user_id/token', operation: 'issue_token' },
  { method: 'DELETE', path: '/users/:user_id/token', operation: 'revoke_tokens' },
  { method: 'POST', path: '/group/channels', operation: 'create_channel' },
  { method: 'GET', path: '/group/channels', operation: 'list_channels' },
  { method: 'GET', path: channel, operation: 'get_channel' },
  { method: 'PUT', path: channel, operation: 'update_channel' },
  { method: 'DELETE', path: channel, operation: 'delete_channel' },
  { method: 'PUT', path: `${channel}/meta`, operation: 'update_channel_meta' },
  { method: 'DELETE', path: `${channel}/meta`, operation: 'delete_channel_meta' },
  { method: 'PUT', path: `${channel}/freeze`, operation: 'freeze_channel' },
  { method: 'PUT', path: `${channel}/join`, operation: 'join_channel' },
  { method: 'PUT', path: `${channel}/leave`, operation: 'leave_channel' },
  { method: 'GET', path: `${channel}/members`, operation: 'list_members' },
  { method: 'GET', path: `${channel}/online_members`, operation: 'list_online_members' },
  { method: 'GET', path: `${channel}/managers`, operation: 'list_managers' },
  { method: 'POST', path: `${channel}/managers`, operation: 'add_manager' },
  { method: 'DELETE', path: `${channel}/managers`, operation: 'remove_manager' },
  { method: 'POST', path: `${channel}/ban`, operation: 'ban_user' },
  { method: 'DELETE', path: `${channel}/ban/:user_id`, operation: 'unban_user' },
  { method: 'GET', path: `${channel}/banned_list`, operation: 'list_bans' },
  { method: 'POST', path: `${channel}/messages`, operation: 'send_message' },
  { method: 'GET', path: `${channel}/messages`, operation: 'list_messages' },
  { method: 'PUT', path: `${channel}/messages/read`, operation: 'mark_read' },
  { method: 'PUT', path: `${channel}/messages/delivered`, operation: 'mark_delivered' },
  { method: 'PUT', path: message, operation: 'update_message' },
  { method: 'DELETE', path: message, operation: 'delete_message' },
  { method: 'PUT', path: `${message}/meta`, operation: 'update_message_meta' },
  { method: 'DELETE', path: `${message}/meta`, operation: 'delete_message_meta' },
  { method: 'POST', path: '/reports', operation: 'create_report' },
  { method: 'GET', path: `/reports${channel}`, operation: 'list_reports' },
]
