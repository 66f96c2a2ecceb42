/**
 * The five cases people ask for: each a token that may do one job, and what it may not.
 */
import { blocked, CHALLENGE, forbidden, hidden, KV, purge, RULES, record, type Scene, SHOP } from './plays.ts'

const SCRIPTS = '/accounts/acme/workers/scripts'

/** A Worker as clients upload it: metadata that names the namespaces to bind, and the code. */
function worker(...namespaces: readonly string[]): FormData {
  const form = new FormData()
  const bindings = namespaces.map((id) => ({ type: 'kv_namespace', name: id.toUpperCase(), namespace_id: id }))
  form.set('metadata', JSON.stringify({ main_module: 'worker.mjs', bindings }))
  form.set('worker.mjs', new File(['export default { fetch: () => new Response("ok") }'], 'worker.mjs'))
  return form
}

export const cases: readonly Scene[] = [
  {
    title: 'cache purge, one site',
    asks: [
      { as: 'purge', ...purge('shop'), status: 200 },
      {
        as: 'purge',
        ...purge('blog'),
        ...hidden('not_granted', 'cache.purge', 'account:acme/zone:blog'),
        note: 'dana may, this token may not',
      },
      { as: 'purge', ...purge('labs'), ...hidden('not_a_member', 'cache.purge', 'account:globex/zone:labs') },
      {
        as: 'purge',
        request: `POST ${SHOP}`,
        body: record('A', 'new'),
        ...hidden('not_granted', 'dns.write', 'account:acme/zone:shop/record:A,new.shop.example'),
      },
      { as: 'purge', request: 'GET /zones', status: 200, rows: 0, note: 'a list shows what the token may see' },
    ],
  },
  {
    title: 'IP access rules only',
    asks: [
      { as: 'rules', request: `POST ${RULES}`, body: blocked, status: 200, keep: 'rule' },
      { as: 'rules', request: `GET ${RULES}`, status: 200, rows: 1 },
      { as: 'rules', request: `DELETE ${RULES}/{rule}`, status: 200 },
      { as: 'rules', ...purge('shop'), ...hidden('not_granted', 'cache.purge', 'account:acme/zone:shop') },
      {
        as: 'rules',
        request: `POST ${KV}`,
        body: { title: 'Mine' },
        ...forbidden('not_granted', 'kv.create', 'account:acme'),
      },
    ],
  },
  {
    title: 'DNS-01 challenges only',
    asks: [
      { as: 'challenge', request: 'GET /zones?name=shop.example', status: 200, rows: 1 },
      { as: 'challenge', request: `POST ${SHOP}`, body: record('TXT', CHALLENGE), status: 200, keep: 'challenge' },
      {
        as: 'challenge',
        request: `POST ${SHOP}`,
        body: record('txt', '_ACME-Challenge.WWW'),
        status: 200,
        note: 'one name, however it is spelled',
      },
      { as: 'challenge', request: `GET ${SHOP}`, status: 200, rows: 2, note: 'of the five in the zone' },
      {
        as: 'challenge',
        request: `POST ${SHOP}`,
        body: record('A', 'www'),
        ...hidden('not_granted', 'dns.write', 'account:acme/zone:shop/record:A,www.shop.example'),
      },
      {
        as: 'challenge',
        request: `POST ${SHOP}`,
        body: record('CNAME', CHALLENGE),
        ...hidden('not_granted', 'dns.write', `account:acme/zone:shop/record:CNAME,${CHALLENGE}`),
      },
      {
        as: 'challenge',
        request: `PATCH ${SHOP}/{challenge}`,
        body: { name: 'www' },
        ...hidden('not_granted', 'dns.write', 'account:acme/zone:shop/record:TXT,www.shop.example'),
        note: 'a rename asks about both names',
      },
      {
        as: 'challenge',
        request: 'POST /zones/blog/dns_records',
        body: record('TXT', '_acme-challenge'),
        ...hidden('not_granted', 'dns.write', 'account:acme/zone:blog/record:TXT,_acme-challenge.blog.example'),
      },
      { as: 'challenge', request: `DELETE ${SHOP}/{challenge}`, status: 200 },
    ],
  },
  {
    title: 'read-only monitoring',
    asks: [
      { as: 'watch', request: 'GET /zones', status: 200, rows: 2, note: 'both of acme, none of globex' },
      { as: 'watch', request: 'GET /zones/shop/analytics/dashboard', status: 200 },
      { as: 'watch', request: `GET ${SHOP}`, status: 200, rows: 4 },
      { as: 'watch', ...purge('shop'), ...hidden('not_granted', 'cache.purge', 'account:acme/zone:shop') },
      {
        as: 'watch',
        request: `PUT ${KV}/images/values/logo`,
        body: 'x',
        ...forbidden('not_granted', 'kv.write', 'account:acme/namespace:images/key:logo'),
      },
      {
        as: 'watch',
        request: 'GET /zones/labs/analytics/dashboard',
        ...hidden('not_a_member', 'analytics.read', 'account:globex/zone:labs'),
      },
    ],
  },
  {
    title: 'one Worker and its KV',
    asks: [
      { as: 'worker', request: `PUT ${SCRIPTS}/resizer`, body: worker('images'), status: 200, note: 'binds images' },
      {
        as: 'worker',
        request: `PUT ${SCRIPTS}/resizer`,
        body: worker('images', 'billing'),
        ...forbidden('not_granted', 'kv.bind', 'account:acme/namespace:billing'),
        note: 'would bind billing',
      },
      {
        as: 'scriptOnly',
        request: `PUT ${SCRIPTS}/resizer`,
        body: worker('images'),
        ...forbidden('not_granted', 'kv.bind', 'account:acme/namespace:images'),
        note: 'may write the script, not bind images',
      },
      {
        as: 'worker',
        request: `PUT ${SCRIPTS}/checkout`,
        body: worker('images'),
        ...forbidden('not_granted', 'worker.write', 'account:acme/script:checkout'),
        note: 'may bind images, not to this script',
      },
      { as: 'worker', request: `PUT ${KV}/images/values/logo`, body: '<svg/>', status: 200 },
      {
        as: 'worker',
        request: `GET ${KV}/billing/values/card`,
        ...forbidden('not_granted', 'kv.read', 'account:acme/namespace:billing/key:card'),
      },
      { as: 'worker', request: `GET ${KV}`, status: 200, rows: 1 },
    ],
  },
]
