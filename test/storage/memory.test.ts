import { describe, it } from 'vitest'
import { memoryStorage } from '../../src/storage/memory/index.ts'
import { storageContract } from '../../src/testing/index.ts'

describe('memory storage', () => {
  storageContract({ describe, it }, memoryStorage)
})
