import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { get, page, pages, startSim } from './lytics-client.ts';

const emails = (sim: Awaited<ReturnType<typeof startSim>>, slug: string) =>
  [...sim.members(slug, 'email')].map(({ email }) => email);

describe('tokens', () => {
  test.each([
    ['none', null, 401],
    ['a wrong one', 'wrong', 401],
    ['one after Bearer', 'Bearer lytics-sample-token', 401],
    ['one without the role', 'lytics-sample-token-without-role', 403],
    ['the right one', 'lytics-sample-token', 200],
  ])('%s', async (_, token, status) => {
    const sim = await startSim();
    for (const path of ['/v2/segment', '/v2/schema/user/field', '/api/segment/vip/scan']) {
      expect((await get(sim, path, { token })).status).toBe(status);
    }
  });

  test('a given token is the only valid one', async () => {
    const sim = await startSim({ token: 'mine' });
    expect(sim.token).toBe('mine');
    expect((await get(sim, '/v2/segment')).status).toBe(200);
    expect((await get(sim, '/v2/segment', { token: 'lytics-sample-token' })).status).toBe(401);
  });
});

describe('requests of older clients of Lytics', () => {
  test.each(['key', 'access_token'])('may have the token as ?%s=', async (name) => {
    const sim = await startSim();
    const path = `/api/segment/vip/scan?limit=3&${name}=`;
    expect((await get(sim, path + sim.token, { token: null })).json.data).toHaveLength(3);
    expect((await get(sim, `${path}wrong`, { token: null })).status).toBe(401);
    expect((await get(sim, path + sim.powerlessToken, { token: null })).status).toBe(403);
    // A header has priority.
    expect((await get(sim, path + sim.token, { token: 'wrong' })).status).toBe(401);
  });

  test('list audiences and their sizes, in the form of v1', async () => {
    const sim = await startSim();
    const id = sim.segmentId('vip');
    const all = (await get(sim, '/api/segment?table=user')).json;
    expect(all).toMatchObject({ status: 200, message: 'success' });
    expect(all.data).toHaveLength(6);
    const sized = { id, name: 'VIP members', slug_name: 'vip', size: 13 };
    for (const key of [id, 'vip']) {
      expect((await get(sim, `/api/segment/${key}`)).json).toMatchObject({
        message: 'success',
        data: { id, slug_name: 'vip', table: 'user' },
      });
      expect((await get(sim, `/api/segment/${key}/sizes`)).json.data).toEqual(sized);
    }
    expect((await get(sim, `/api/segment/sizes?ids=${id},lapsed`)).json.data).toEqual([
      sized,
      expect.objectContaining({ slug_name: 'lapsed', size: 0 }),
    ]);
    expect((await get(sim, '/api/segment/sizes')).json.data).toHaveLength(7);
    expect((await get(sim, '/api/segment/nobody/sizes')).json).toMatchObject({ data: null, status: 404 });
  });

  test('get the schema as columns, and the number of members with a field', async () => {
    const sim = await startSim();
    const { data } = (await get(sim, '/api/schema/user?limit=2')).json;
    expect(data).toEqual({
      name: 'user',
      by_fields: ['email', 'email_sha256', 'idfa', 'gaid'],
      columns: [
        expect.objectContaining({ as: 'email', type: 'string', is_by: true }),
        expect.objectContaining({ as: 'emails', type: '[]string', is_by: false }),
      ],
    });
    const present = emails(sim, 'all_members').filter((email) => email !== undefined).length;
    expect((await get(sim, '/api/schema/user/fieldinfo?fields=email')).json.data).toEqual({
      fields: [{ field: 'email', ents_present: present, ents_absent: 1000 - present }],
    });
  });

  test('scan by a rule, and continue with its cursor', async () => {
    const sim = await startSim();
    const scan = async (body: string, start = '') =>
      (await get(sim, `/api/segment/scan?limit=10&fields=email&start=${start}`, { method: 'POST', body })).json;
    const first = await scan('FILTER INCLUDE vip FROM user');
    const rest = await scan('FILTER INCLUDE vip FROM user', String(first._next));
    const both = [...(first.data as { email?: string }[]), ...(rest.data as { email?: string }[])];
    expect(both.map(({ email }) => email)).toEqual(emails(sim, 'vip'));
    expect((await scan('FILTER AND (EXISTS email) FROM user')).total).toBe(1000);
    for (const body of ['', 'FILTER * FROM content', 'FILTER INCLUDE nobody', 'x'.repeat(2_000_000)]) {
      expect(await scan(body)).toMatchObject({ status: 400, message: 'invalid filter' });
    }
  });
});

describe('errors', () => {
  test('about a token have the form of v1 everywhere; a missing role has a code', async () => {
    const sim = await startSim();
    for (const path of ['/v2/segment', '/api/segment/vip/scan']) {
      expect((await get(sim, path, { token: 'wrong' })).json).toEqual({
        data: null,
        message: 'Not authorized',
        status: 401,
      });
    }
    expect((await get(sim, '/v2/segment', { token: sim.powerlessToken })).json).toMatchObject({
      status: 403,
      errors: [{ code: 'FORBIDDEN-003' }],
    });
  });

  test('have different forms in v1 and v2', async () => {
    const sim = await startSim();
    expect((await get(sim, '/api/segment/nobody/scan')).json).toEqual({
      data: null,
      message: 'segment not found',
      status: 404,
    });
    const list = await get(sim, '/v2/segment/nobody');
    expect(list.json).toMatchObject({
      status: 404,
      request_id: expect.any(String),
      errors: [{ code: 'NOT_FOUND-001', level: 'error', message: 'segment not found' }],
    });
    sim.configure({ errorBody: 'flat' });
    expect((await get(sim, '/v2/segment/nobody')).json).toEqual({
      status: 404,
      message: 'segment not found',
      request_id: expect.any(String),
    });
  });

  test.each([
    ['DELETE', '/api/segment/vip/scan', 405],
    ['POST', '/v2/segment', 405],
    ['GET', '/v2/nothing', 404],
    ['GET', '/nothing', 404],
    ['GET', '/api/segment/vip/fieldinfo', 500],
    ['GET', '/api/segment/nobody/fieldinfo', 404],
    ['GET', '/api/segment/vip/scan?limit=0', 400],
    ['GET', '/api/segment/vip/scan?start=nonsense', 400],
    ['GET', '/api/segment/%zz/scan', 404],
  ])('%s %s answers %d', async (method, path, status) => {
    expect((await get(await startSim(), path, { method })).status).toBe(status);
  });
});

describe('audiences', () => {
  test('are all listed, and filtered by table, kind and health, with sizes on request', async () => {
    const sim = await startSim();
    const slugs = async (query: string) =>
      ((await get(sim, `/v2/segment?${query}`)).json.data as { slug_name: string }[]).map(
        (segment) => segment.slug_name,
      );
    expect(await slugs('')).toHaveLength(7);
    expect(await slugs('table=user&kind=segment&valid=true')).toEqual([
      ...['all_members', 'newsletter_japan', 'vip', 'lapsed', 'new_this_week'],
    ]);
    expect(await slugs('table=content')).toEqual(['articles']);
    const segment = async (key: string, query = '') => (await get(sim, `/v2/segment/${key}${query}`)).json.data;
    const id = sim.segmentId('vip');
    expect(await segment(id)).not.toHaveProperty('size');
    expect(await segment(id, '?sizes=true')).toMatchObject({ id, slug_name: 'vip', size: 13, invalid: false });
    expect(await segment('vip', '?sizes=true')).toMatchObject({ id });
    expect(await segment('new_this_week', '?sizes=true')).not.toHaveProperty('size');
    expect(await segment('broken')).toMatchObject({
      invalid: true,
      invalid_reason: expect.stringMatching(/field/),
    });
  });

  test('may be added to the samples, with their own fields', async () => {
    const sim = await startSim({
      segments: [{ slug: 'mine', name: 'Mine', members: [{ loyalty_id: 'L1' }, {}] }],
      fields: [{ id: 'loyalty_id', type: 'string', shortdesc: 'Loyalty' }],
    });
    expect((await page(sim, 'mine', 'fields=loyalty_id')).data).toEqual([{ loyalty_id: 'L1' }, {}]);
    expect((await page(sim, 'mine', 'fields=email')).data).toEqual([{}, {}]);
    expect((await get(sim, '/v2/schema/user/fieldnames')).json.data).toContain('loyalty_id');
  });
});

describe('fields', () => {
  test('have types, and keys in both cases', async () => {
    const sim = await startSim();
    const fields = async () => (await get(sim, '/v2/schema/user/field?filter=all')).json.data as object[];
    expect((await fields())[0]).toMatchObject({
      id: 'email',
      type: 'string',
      is_identifier: true,
      is_pii: true,
    });
    sim.configure({ fieldKeys: 'capitalised' });
    expect((await fields())[0]).toMatchObject({ Field: 'email', Type: 'string', IsPII: true });
    expect((await get(sim, '/v2/schema/user/fieldnames')).json.data).toHaveLength(11);
  });

  test('have the coverage of the members, for a large audience of its first ten thousand', async () => {
    const sim = await startSim({ members: 30_000 });
    const covered = async (slug: string) => {
      const path = `/api/segment/${sim.segmentId(slug)}/fieldinfo?fields=email&limit=1`;
      const { data } = (await get(sim, path)).json as unknown as {
        data: { segments: { fields: object[] }[] };
      };
      return data.segments[0]?.fields[0];
    };
    const present = emails(sim, 'newsletter_japan').filter((email) => email !== undefined).length;
    expect(await covered('newsletter_japan')).toEqual({
      field: 'email',
      ents_present: present,
      ents_absent: 1200 - present,
    });
    const first = emails(sim, 'all_members').slice(0, 10_000);
    const sampled = first.filter((email) => email !== undefined).length * 3;
    expect(await covered('all_members')).toMatchObject({
      ents_present: sampled,
      ents_absent: 30_000 - sampled,
    });
    expect(await covered('lapsed')).toMatchObject({ ents_present: 0, ents_absent: 0 });
  });
});

describe('a scan', () => {
  test('gives every member once, in pages of at most a hundred', async () => {
    const sim = await startSim();
    const all = await pages(sim, sim.segmentId('newsletter_japan'), 5000);
    expect(all.map((page) => page.length)).toEqual(Array.from({ length: 10 }, () => 100));
    expect(all.flat()).toEqual(emails(sim, 'newsletter_japan'));
    expect((await page(sim, 'vip', '')).data).toHaveLength(10);
    expect(await pages(sim, 'lapsed')).toEqual([[]]);
  });

  test('gives the total on every page, and marks the end in three ways', async () => {
    const sim = await startSim();
    const first = await page(sim, 'vip', 'limit=10');
    expect([first.total, first.status]).toEqual([13, 200]);
    const rest = () => page(sim, 'vip', `limit=10&start=${first._next}`);
    expect(await rest()).toMatchObject({ total: 13, _next: '' });
    sim.configure({ lastPage: 'null' });
    expect(await rest()).toMatchObject({ _next: null });
    sim.configure({ lastPage: 'missing' });
    expect(await rest()).not.toHaveProperty('_next');
  });

  test('may have one cursor for all of its pages, which moves on', async () => {
    const sim = await startSim({ cursors: 'same' });
    const first = await page(sim, 'vip', 'limit=5&fields=email');
    const other = await page(sim, 'vip', 'limit=5&fields=email');
    expect(other._next).not.toBe(first._next);
    const rest = [];
    for (const _ of [1, 2]) rest.push(await page(sim, 'vip', `limit=5&fields=email&start=${first._next}`));
    expect([first, ...rest].flatMap(({ data }) => data.map(({ email }) => email))).toEqual(emails(sim, 'vip'));
    expect(rest.map(({ _next }) => _next)).toEqual([first._next, '']);
    expect((await get(sim, `/api/segment/lapsed/scan?start=${first._next}`)).status).toBe(400);

    sim.configure({ lastPage: 'cursor', cursorTtlMs: 1000 });
    const last = await page(sim, 'vip', `limit=100&start=${other._next}`);
    const after = await page(sim, 'vip', `limit=100&start=${other._next}`);
    expect([last._next, after._next, after.data]).toEqual([other._next, other._next, []]);
    sim.advance(1000);
    expect((await get(sim, `/api/segment/vip/scan?start=${other._next}`)).status).toBe(400);
  });

  test('accepts only cursors of its own audience, until they expire', async () => {
    const sim = await startSim({ cursorTtlMs: 1000 });
    const { _next } = await page(sim, 'vip', 'limit=5');
    const status = async (slug: string) => (await get(sim, `/api/segment/${slug}/scan?start=${_next}`)).status;
    expect([await status('vip'), await status('newsletter_japan')]).toEqual([200, 400]);
    sim.advance(999);
    expect(await status('vip')).toBe(200);
    sim.advance(1);
    expect(await status('vip')).toBe(400);
  });

  test('writes numbers as strings, and timed values as objects, if it is set', async () => {
    const sim = await startSim({ numbers: 'strings', timedValues: 'objects' });
    const { data, total, status } = await page(sim, 'vip', 'limit=1&fields=visit_count,login_emails,emails');
    expect([total, status]).toEqual(['13', '200']);
    const [address] = (data[0]?.emails ?? []) as string[];
    expect(data[0]).toEqual({
      visit_count: expect.stringMatching(/^\d+$/),
      emails: [address],
      login_emails: [{ value: address, ts: expect.any(String) }],
    });
  });

  test('gives consistent profiles, which are the same everywhere', async () => {
    const [first, another] = [await startSim(), await startSim({ members: 50 })];
    expect([...first.members('vip')]).toEqual([...another.members('vip')]);
    const members = [...first.members('all_members')] as { email?: string; email_sha256?: string }[];
    for (const { email, email_sha256 } of members) {
      const hash = email && createHash('sha256').update(email.trim().toLowerCase()).digest('hex');
      expect(email_sha256).toBe(hash);
    }
    const addresses = new Set(members.map(({ email }) => email?.trim().toLowerCase()));
    expect(addresses.size).toBeGreaterThan(950);
    expect(members.filter(({ email }) => email === undefined).length).toBeGreaterThan(10);
  });

  test('of five million members starts at once, at any position', async () => {
    const sim = await startSim({ members: 5_000_000 });
    const first = await page(sim, 'all_members', 'limit=100&fields=email');
    expect([first.data.length, first.total]).toEqual([100, 5_000_000]);
  });
});
