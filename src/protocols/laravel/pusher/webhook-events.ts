/** What Pusher's webhooks tell an application, as it stands in their body. */
export type Notice =
  | { readonly name: 'channel_occupied' | 'channel_vacated' | 'cache_miss'; readonly channel: string }
  | { readonly name: 'member_added' | 'member_removed'; readonly channel: string; readonly user_id: string }
  | {
      readonly name: 'client_event'
      readonly channel: string
      readonly event: string
      /** JSON. */
      readonly data: string
      readonly socket_id: string
      /** On presence channels. */
      readonly user_id?: string
    }
