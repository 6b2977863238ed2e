import { after, before, describe } from 'node:test'
import { appendContract } from './append-contract.ts'
import { Desk, type OpenStore } from './desk.ts'
import { documentContract } from './document-contract.ts'
import { errandContract } from './errand-contract.ts'
import { groupContract } from './group-contract.ts'
import { historyContract } from './history-contract.ts'
import { modelContract } from './model-contract.ts'
import { roomContract } from './room-contract.ts'
import { userContract } from './user-contract.ts'

/** What core/ports.ts promises of a `Store`, asked of one. Every store runs this, and nothing here knows which. */
export function storeContract(name: string, open: OpenStore): void {
  describe(name, () => {
    let desk: Desk
    before(async () => {
      desk = await Desk.open(open)
    })
    after(async () => {
      await desk.opened.close()
    })
    const given = (): Desk => desk
    describe('append', () => appendContract(given))
    describe('groups', () => groupContract(given))
    describe('messages', () => historyContract(given))
    describe('random steps', () => modelContract(given))
    describe('rooms', () => roomContract(given))
    describe('users', () => userContract(given))
    describe('documents', () => documentContract(given))
    describe('errands', () => errandContract(given))
  })
}
