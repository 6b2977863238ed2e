import {
  channel,
  community,
  creator,
  leader,
  member,
  room,
  type Table,
  testTables,
} from '../../test/support/policy-tables.ts'

const ofTown = { ...channel, parentId: community.room.id } as const
/** What changes for the people of a channel's community. */
const communityTables: readonly Table[] = [
  [
    'an open channel of a community',
    room({ ...ofTown, open: true }),
    [creator, member],
    `
                  mayor      neighbour  creator    member     outsider   manager    alien
    post          forbidden  forbidden  ok         ok         not_found  forbidden  not_found
    edit other    forbidden  forbidden  forbidden  forbidden  not_found  forbidden  not_found
    delete other  ok         forbidden  ok         forbidden  not_found  ok         not_found
    join          ok         ok         ok         ok         not_found  ok         not_found
    leave         conflict   conflict   conflict   ok         not_found  conflict   not_found
    invite        forbidden  forbidden  forbidden  forbidden  not_found  forbidden  not_found
    invite near   forbidden  forbidden  ok         ok         not_found  forbidden  not_found
    give away     forbidden  forbidden  ok         forbidden  not_found  forbidden  not_found
    close         forbidden  forbidden  ok         forbidden  not_found  ok         not_found
    describe      forbidden  forbidden  ok         forbidden  not_found  ok         not_found`,
  ],
  [
    'a private channel of a community',
    room(ofTown),
    [creator, member],
    `
                  mayor      neighbour  creator    member     outsider   manager    alien
    edit other    not_found  not_found  forbidden  forbidden  not_found  forbidden  not_found
    delete other  ok         not_found  ok         forbidden  not_found  ok         not_found
    join          not_found  not_found  ok         ok         not_found  ok         not_found
    invite near   not_found  not_found  ok         ok         not_found  forbidden  not_found
    describe      not_found  not_found  ok         forbidden  not_found  ok         not_found`,
  ],
  [
    'a closed open channel of a community',
    room({ ...ofTown, open: true, state: 'closed' }),
    [creator, member],
    `
                  mayor      neighbour  creator    member
    post          conflict   conflict   conflict   conflict
    join          conflict   conflict   ok         ok
    invite near   conflict   conflict   conflict   conflict`,
  ],
]

const group = { kind: 'group', ownerId: null } as const
const groupTables: readonly Table[] = [
  [
    'a group with a leader',
    room(group),
    [leader, member],
    `
                  leader     member     outsider   banned     pardoned   manager    alien
    post          ok         ok         not_found  banned     not_found  forbidden  not_found
    edit other    forbidden  forbidden  not_found  banned     not_found  forbidden  not_found
    delete other  ok         forbidden  not_found  banned     not_found  ok         not_found
    join          ok         ok         not_found  banned     not_found  ok         not_found
    invite        ok         ok         not_found  banned     not_found  forbidden  not_found
    expel         ok         forbidden  not_found  banned     not_found  ok         not_found
    ban leader    conflict   forbidden  not_found  banned     not_found  ok         not_found
    unban         ok         forbidden  not_found  banned     not_found  ok         not_found
    appoint       ok         forbidden  not_found  banned     not_found  ok         not_found
    freeze        ok         forbidden  not_found  banned     not_found  ok         not_found
    describe      ok         forbidden  not_found  banned     not_found  ok         not_found
    remove        forbidden  forbidden  not_found  banned     not_found  ok         not_found`,
  ],
  [
    'an open group',
    room({ ...group, open: true }),
    [leader, member],
    `
                  member     outsider   banned     pardoned   alien
    post          ok         forbidden  banned     forbidden  not_found
    join          ok         ok         banned     ok         not_found`,
  ],
  [
    'a frozen group',
    room({ ...group, frozen: true }),
    [leader, member],
    `
                  leader     member     manager
    post          ok         frozen     forbidden`,
  ],
]

testTables([...communityTables, ...groupTables])
