/**
 * Who is there when the demo begins: two accounts, their members, their sites, and one token for each thing somebody wants done.
 */
import type { Host } from './host.ts'
import { newId } from './store.ts'

/** A token and its secret value, as its creator saw it once. */
export interface Minted {
  readonly id: string
  readonly value: string
}

export type Cast = Awaited<ReturnType<typeof seed>>
export type Holder = keyof Cast

/** Fills an empty host. Returns the tokens by the names the plays call them. */
export async function seed(host: Host) {
  const { bw } = host
  stock(host)

  // Olga owns Acme. Dana looks after its sites, and those of Globex too; Wim writes one Worker; a service account watches.
  await bw.accounts.create({ id: 'acme', name: 'Acme', owner: 'olga' })
  await bw.accounts.create({ id: 'globex', name: 'Globex', owner: 'gina' })
  await bw.members.add('acme', { user: 'dana', roles: ['dns-manager', 'site-operator'] })
  await bw.members.add('acme', { user: 'wim', roles: ['worker-developer'] })
  await bw.members.add('acme', { service: 'monitor', roles: ['auditor'] })
  await bw.members.add('globex', { user: 'dana', roles: ['site-operator'] })

  const minted = async (creation: ReturnType<typeof bw.tokens.create>): Promise<Minted> => {
    const { token, value } = await creation
    return { id: token.id, value }
  }

  return {
    purge: await minted(
      bw.tokens.create({
        owner: { user: 'dana' },
        ...bw.tokens.fromTemplate('purge-site', { zone: 'account:acme/zone:shop' }),
        name: 'deploy script: purge shop.example',
      }),
    ),
    rules: await minted(
      bw.tokens.create({
        owner: { user: 'dana' },
        ...bw.tokens.fromTemplate('block-list', { account: 'account:acme' }),
        name: 'fail2ban: keep the block list',
      }),
    ),
    challenge: await minted(
      bw.tokens.create({
        owner: { user: 'dana' },
        ...bw.tokens.fromTemplate('dns-01', { zone: 'account:acme/zone:shop' }),
        name: 'web server: DNS-01 for shop.example',
      }),
    ),
    watch: await minted(
      bw.tokens.create({
        owner: { account: 'acme', service: 'monitor' },
        ...bw.tokens.fromTemplate('read-only-all', { account: 'account:acme' }),
        name: 'monitoring: read everything',
      }),
    ),
    worker: await minted(
      bw.tokens.create({
        owner: { user: 'wim' },
        ...bw.tokens.fromTemplate('worker-and-kv', {
          script: 'account:acme/script:resizer',
          namespace: 'account:acme/namespace:images',
        }),
        name: 'resizer and its images',
      }),
    ),
    scriptOnly: await minted(
      bw.tokens.create({
        owner: { user: 'wim' },
        name: 'resizer without its images',
        policies: [
          { effect: 'allow', permissionGroups: ['scripts-write'], resources: ['account:acme/script:resizer'] },
        ],
      }),
    ),
    everywhere: await minted(
      bw.tokens.create({
        owner: { user: 'dana' },
        name: 'purge wherever dana works',
        policies: [
          {
            effect: 'allow',
            permissionGroups: ['cache-purge'],
            resources: ['account:acme/zone:*', 'account:globex/zone:*'],
          },
        ],
      }),
    ),
    // Belongs to the account and to no person; switched on by its own name, for the day everything else is off.
    breakGlass: await minted(
      bw.tokens.create({
        owner: { account: 'acme' },
        name: 'break glass',
        apiAccess: true,
        policies: [{ effect: 'allow', permissionGroups: ['cache-purge'], resources: ['account:acme/zone:*'] }],
      }),
    ),
  }
}

/** The host's own facts. */
function stock({ store }: Host): void {
  store.zones.add({ id: 'shop', account: 'acme', name: 'shop.example' })
  store.zones.add({ id: 'blog', account: 'acme', name: 'blog.example' })
  store.zones.add({ id: 'labs', account: 'globex', name: 'labs.example' })
  store.zones.count('shop', { requests: 120_000, cached: 96_000, bytes: 7_200_000_000, threats: 312 })
  for (const [zone, type, name, content] of [
    ['shop', 'A', 'shop.example', '192.0.2.10'],
    ['shop', 'A', 'www.shop.example', '192.0.2.10'],
    ['shop', 'TXT', 'shop.example', '"v=spf1 -all"'],
    ['blog', 'A', 'blog.example', '192.0.2.20'],
    ['labs', 'A', 'labs.example', '198.51.100.7'],
  ] as const) {
    store.records.add({ id: newId(), zone, type, name, content, ttl: 300 })
  }
  store.namespaces.add({ id: 'images', account: 'acme', title: 'Images' })
  store.namespaces.add({ id: 'billing', account: 'acme', title: 'Billing' })
  store.namespaces.add({ id: 'lab-notes', account: 'globex', title: 'Notes' })
  store.pairs.put('images', 'logo', Buffer.from('<svg/>'))
  store.pairs.put('billing', 'card', Buffer.from('4111'))
}
