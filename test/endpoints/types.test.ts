/** What the compiler refuses. `npm run check` fails where an expected error is missing. */
import { expectTypeOf, test } from 'vitest';
import type { ApiClient } from '../../src/cli/api/client.ts';
import type { JobView } from '../../src/contracts/jobs.ts';
import type { Answer, CallInput, PageItem } from '../../src/endpoints/endpoint.ts';
import type { Endpoints } from '../../src/endpoints/index.ts';
import type { apiTokenEndpoints } from '../../src/endpoints/people.ts';
import type { Handlers } from '../../src/server/handler.ts';

test('a call has the types of its endpoint', () => {
  expectTypeOf<Answer<Endpoints['GET /jobs/:id']>>().toEqualTypeOf<JobView>();
  expectTypeOf<Answer<Endpoints['DELETE /jobs/:id']>>().toEqualTypeOf<undefined>();
  expectTypeOf<PageItem<Endpoints['GET /jobs']>>().toEqualTypeOf<JobView>();
  expectTypeOf<PageItem<Endpoints['GET /jobs/tags']>>().toEqualTypeOf<never>();
  expectTypeOf<CallInput<Endpoints['POST /jobs']>['idempotencyKey']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<CallInput<Endpoints['PATCH /jobs/:id']>['idempotencyKey']>().toEqualTypeOf<undefined>();
});

test('a call with wrong arguments is an error', () => {
  const calls = (client: ApiClient) => [
    // @ts-expect-error no endpoint has this key
    client.call('GET /nothing'),
    // @ts-expect-error the id is missing
    client.call('GET /jobs/:id'),
    // @ts-expect-error the query has no such key
    client.call('GET /jobs', { query: { limits: 1 } }),
    // @ts-expect-error this response is not a page
    client.list('GET /jobs/tags'),
    // @ts-expect-error this request cannot have an idempotency key
    client.call('DELETE /jobs/:id', { params: { id: 'job_1' }, idempotencyKey: 'a' }),
  ];
  expectTypeOf(calls).returns.toBeArray();
});

test('a missing handler, an unknown handler and a wrong response are errors', () => {
  const list = () => ({ items: [] });
  const create = () => ({ token: 'a', entry: null as never });
  const revoke = async () => {};
  type Wanted = Handlers<typeof apiTokenEndpoints>;
  const right = { 'GET /api-tokens': list, 'POST /api-tokens': create, 'DELETE /api-tokens/:id': revoke };
  expectTypeOf(right).toExtend<Wanted>();
  // @ts-expect-error a handler is missing
  const missing: Wanted = { 'GET /api-tokens': list, 'POST /api-tokens': create };
  // @ts-expect-error a handler is unknown
  const surplus: Wanted = { ...right, 'GET /other': list };
  // @ts-expect-error the response has a wrong key
  const wrong: Wanted = { ...right, 'GET /api-tokens': () => ({ list: [] }) };
  expectTypeOf([missing, surplus, wrong]).toBeArray();
});
