/**
 * What a host needs to test with: the contract every storage must keep.
 */
export type { TestFunctions } from './storage-contract.ts'
export { storageContract } from './storage-contract.ts'
