/** Every run of the tests draws the same cases, and a property that fails is not shrunk: a mutant is dead at the first failure. */
import fc from 'fast-check'

fc.configureGlobal({ seed: 20_261_122, endOnFailure: true })
