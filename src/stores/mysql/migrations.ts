/**
 * The tables, as steps from one version to the next; `parlance_version` counts the steps taken. A step that was released
 * is never edited. DDL commits by itself here, so each statement of a step is written to be harmless when it is repeated
 * after a crash.
 *
 * Keys and external ids are bytes: text collations find `k` and `k ` equal, or `a` and `á`, and each server has its own.
 */
const words = 'VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL'
const uid = 'VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin'
const table = 'ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin'

export const migrations: readonly (readonly string[])[] = [
  [
    `CREATE TABLE IF NOT EXISTS users (
      id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
      app_id ${words},
      role ${words},
      name TEXT NOT NULL,
      blocked TINYINT NOT NULL DEFAULT 0,
      password_hash TEXT,
      meta MEDIUMTEXT NOT NULL,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL,
      KEY users_by_app (app_id, id),
      KEY users_by_role (app_id, role, id)
    ) ${table}`,

    `CREATE TABLE IF NOT EXISTS identities (
      app_id ${words},
      protocol ${words},
      external_id VARBINARY(512) NOT NULL,
      user_id BIGINT NOT NULL,
      PRIMARY KEY (app_id, protocol, external_id),
      KEY identities_by_user (user_id)
    ) ${table}`,

    `CREATE TABLE IF NOT EXISTS rooms (
      id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
      app_id ${words},
      \`key\` VARBINARY(512) NOT NULL,
      kind ${words},
      name TEXT NOT NULL,
      parent_id BIGINT,
      open TINYINT NOT NULL DEFAULT 0,
      state ${words},
      frozen TINYINT NOT NULL DEFAULT 0,
      owner_id BIGINT,
      assignee_id BIGINT,
      last_assignee_id BIGINT,
      episode_first_id BIGINT,
      episode_waiting_since BIGINT,
      episode_assigned_at BIGINT,
      episodes INT NOT NULL DEFAULT 0,
      last_id BIGINT NOT NULL DEFAULT 0,
      last_seq BIGINT NOT NULL DEFAULT 0,
      last_message_id BIGINT,
      last_type VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin,
      last_preview TEXT,
      last_sender_id BIGINT,
      last_at BIGINT,
      closed_at BIGINT,
      pinned_at BIGINT,
      meta MEDIUMTEXT NOT NULL,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL,
      UNIQUE KEY rooms_by_key (app_id, \`key\`),
      KEY rooms_by_state (app_id, kind, state, updated_at),
      KEY rooms_by_assignee (assignee_id),
      KEY rooms_by_last_assignee (last_assignee_id),
      KEY rooms_by_owner (owner_id),
      KEY rooms_by_parent (parent_id),
      KEY rooms_by_close (app_id, kind, closed_at)
    ) ${table}`,

    `CREATE TABLE IF NOT EXISTS members (
      room_id BIGINT NOT NULL,
      user_id BIGINT NOT NULL,
      role ${words},
      read_id BIGINT NOT NULL DEFAULT 0,
      read_at BIGINT,
      delivered_id BIGINT NOT NULL DEFAULT 0,
      delivered_at BIGINT,
      joined_at BIGINT NOT NULL,
      PRIMARY KEY (room_id, user_id),
      KEY members_by_user (user_id, room_id)
    ) ${table}`,

    `CREATE TABLE IF NOT EXISTS bans (
      room_id BIGINT NOT NULL,
      user_id BIGINT NOT NULL,
      by_id BIGINT,
      reason TEXT NOT NULL,
      until BIGINT,
      at BIGINT NOT NULL,
      PRIMARY KEY (room_id, user_id)
    ) ${table}`,

    // In id order of their room in the table's own tree: writing touches one page, a page of history is one seek.
    `CREATE TABLE IF NOT EXISTS messages (
      room_id BIGINT NOT NULL,
      id BIGINT NOT NULL,
      seq BIGINT NOT NULL,
      sender_id BIGINT,
      type ${words},
      body MEDIUMTEXT NOT NULL,
      detail MEDIUMTEXT NOT NULL,
      staff TINYINT NOT NULL,
      episode_id BIGINT NOT NULL,
      meta MEDIUMTEXT,
      client_key VARBINARY(400),
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL,
      deleted_at BIGINT,
      PRIMARY KEY (room_id, id),
      KEY messages_by_client_key (room_id, client_key)
    ) ${table}`,

    // Everything but the posting of messages, which are their own event; last_id as in the SQLite store.
    `CREATE TABLE IF NOT EXISTS events (
      room_id BIGINT NOT NULL,
      seq BIGINT NOT NULL,
      last_id BIGINT NOT NULL,
      type ${words},
      actor_id BIGINT,
      body MEDIUMTEXT NOT NULL,
      at BIGINT NOT NULL,
      PRIMARY KEY (room_id, seq)
    ) ${table}`,

    `CREATE TABLE IF NOT EXISTS documents (
      id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
      app_id ${words},
      collection VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      \`key\` VARBINARY(512),
      body MEDIUMTEXT NOT NULL,
      expires_at BIGINT,
      created_at BIGINT NOT NULL,
      updated_at BIGINT NOT NULL,
      UNIQUE KEY documents_by_key (app_id, collection, \`key\`),
      KEY documents_by_collection (app_id, collection, id),
      KEY documents_by_expiry (expires_at)
    ) ${table}`,

    `CREATE TABLE IF NOT EXISTS errands (
      id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
      app_id ${words},
      kind ${words},
      room_id BIGINT,
      body MEDIUMTEXT NOT NULL,
      attempts INT NOT NULL DEFAULT 0,
      error TEXT,
      due_at BIGINT,
      KEY errands_by_due (kind, due_at),
      KEY errands_by_room (room_id)
    ) ${table}`,

    // The number of a writer's newest batch, written with it: a connection lost during a commit leaves open whether it happened.
    `CREATE TABLE IF NOT EXISTS batches (
      writer VARBINARY(80) NOT NULL PRIMARY KEY,
      number BIGINT NOT NULL
    ) ${table}`,
  ],

  // Which append of the nodes' common log a row came from, so that one that is brought twice is known: null for those of a
  // server that serves alone.
  [
    `ALTER TABLE messages ADD COLUMN append_uid ${uid}`,
    `ALTER TABLE events ADD COLUMN append_uid ${uid}`,
    `ALTER TABLE rooms ADD COLUMN last_append ${uid}`,
    'ALTER TABLE batches ADD COLUMN at BIGINT NOT NULL DEFAULT 0',
  ],
]
