/**
 * `bailiwick/testing`: the contract that every storage must keep, as tests.
 */
export type { TestFunctions } from './storage-contract.ts'
export { storageContract } from './storage-contract.ts'
