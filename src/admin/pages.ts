/**
 * Lists of a storage, read to their end.
 */
import type { Page, PageRequest } from '../storage/port.ts'

const PAGE = 1_000

/** Every item of a list, page after page. */
export async function* everyItem<T>(list: (page: PageRequest) => Promise<Page<T>>): AsyncGenerator<T> {
  for (let after: string | null = ''; after !== null; ) {
    const page: Page<T> = await list({ limit: PAGE, ...(after !== '' && { after }) })
    yield* page.items
    after = page.next
  }
}
