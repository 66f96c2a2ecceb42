/**
 * What no door of the package shows and two measurements need: the engine's own way to compile a token over standings that others share, and
 * how many bytes its cache counts. Read from the sources, in this file alone.
 */
export { compileStanding, compileToken } from '../../src/core/compile.ts'
export { defineCatalog } from '../../src/core/define.ts'
export { joinToken } from '../../src/core/snapshot.ts'
export { claimOf } from '../../src/credential/claim.ts'
export { createImportedKeys } from '../../src/credential/imported.ts'
export { createPeppers } from '../../src/credential/peppers.ts'
export { Snapshots } from '../../src/engine/snapshots.ts'
