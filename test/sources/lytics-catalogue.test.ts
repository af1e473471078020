import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lyticsCatalogue, openLytics } from '../../src/sources/lytics/provider.ts';
import { serveFiles } from './support/file-server.ts';
import { openAudience, reach, startLytics } from './support/lytics.ts';
import { swiftClock } from './support/swift-clock.ts';

describe('the catalogue', () => {
  it('lists the healthy audiences of members with their sizes', async () => {
    const sim = await startLytics();
    const audiences = await lyticsCatalogue(reach(sim)).audiences();
    expect(audiences.map(({ slug, size }) => [slug, size])).toEqual([
      ['all_members', 2000],
      ['newsletter_japan', 1200],
      ['vip', 13],
      ['lapsed', 0],
      ['new_this_week', undefined],
    ]);
    expect(audiences[2]).toEqual({
      id: sim.segmentId('vip'),
      slug: 'vip',
      name: 'VIP members',
      description: 'Bought ten times or more',
      size: 13,
      invalidReason: undefined,
      table: 'user',
    });
  });

  it('lists the fields that can hold an identifier, for all forms of keys in the schema', async () => {
    const sim = await startLytics();
    const fields = await lyticsCatalogue(reach(sim)).fields();
    expect(fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'email string',
      'emails []string',
      'login_emails ts[]string',
      'email_sha256 string',
      'phone string',
      'phones []string',
      'idfa string',
      'gaid string',
      'first_name string',
    ]);
    expect(fields[0]).toMatchObject({ description: 'Email Address', identifier: true });
    sim.configure({ fieldKeys: 'capitalised' });
    expect(await lyticsCatalogue(reach(sim)).fields()).toEqual(fields);
  });

  it('reads numbers that are written as strings', async () => {
    const sim = await startLytics({ numbers: 'strings' });
    const [first] = await lyticsCatalogue(reach(sim)).audiences();
    expect(first?.size).toBe(2000);
    const source = await openAudience(sim, 'all_members');
    const { present, absent } = await source.coverage('email');
    expect(present + absent).toBe(2000);
  });
});

describe('opening an audience', () => {
  it('accepts an id or a slug, and then uses the id', async () => {
    const sim = await startLytics();
    const source = await openAudience(sim, 'vip', { audienceId: 'vip' });
    expect([source.label, source.audience.id]).toEqual(['VIP members', sim.segmentId('vip')]);
    // Lytics answers a slug with a 500 here.
    const withEmail = [...sim.members('vip')].filter((member) => 'email' in member).length;
    expect(await source.coverage('email')).toEqual({ present: withEmail, absent: 13 - withEmail });
  });

  it.each([
    ['nobody', 'source_not_found', /no audience "nobody".*deleted, or belongs to another account/],
    ['..', 'source_not_found', /no audience "\.\."/],
    ['broken', 'source_unreadable', /"Broken rule" as invalid \(the field last_seen_ts does not exist\)/],
    ['articles', 'source_unsupported', /belongs to the table content and has no members/],
  ])('refuses %s', async (audienceId, code, message) => {
    const sim = await startLytics();
    const failure = await openLytics({ ...reach(sim), audienceId }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('does not let an id leave its part of the path', async () => {
    const sim = await startLytics();
    await openLytics({ ...reach(sim), audienceId: '..' }).catch(() => {});
    await openLytics({ ...reach(sim), audienceId: 'vip/../x?a=b#c' }).catch(() => {});
    expect(sim.inspect().requests.map(({ path }) => path)).toEqual(['/v2/segment/vip%2F..%2Fx%3Fa%3Db%23c?sizes=true']);
  });

  it('names a field whose type cannot hold an identifier', async () => {
    const source = await openAudience(await startLytics(), 'vip');
    for (const call of [source.scan(['scores']), source.preview('scores', 3)]) {
      await expect(call).rejects.toMatchObject({
        code: 'field_type',
        message: expect.stringContaining('"scores" of Lytics has the type map[string]number'),
      });
    }
  });

  it.each(['', 'two words', 'line\nbreak', 'ü'])('refuses the token %j before a request', (token) => {
    expect(() => lyticsCatalogue({ token })).toThrowError(expect.objectContaining({ code: 'invalid_configuration' }));
  });

  it.each([
    'lytics',
    'ftp://example.com',
    'https://u:p@example.com',
    'https://example.com/api',
    'https://example.com?a',
  ])('refuses the origin %s', (origin) => {
    expect(() => lyticsCatalogue({ token: 'x', origin })).toThrowError(
      expect.objectContaining({ code: 'invalid_configuration' }),
    );
  });
});

describe('a token', () => {
  it.each([
    ['wrong', 'flat', /does not accept the API token/],
    ['wrong', 'list', /does not accept the API token/],
    ['powerless', 'list', /role of the Lytics API token does not allow .*GET \/v2\/segment/],
  ] as const)('that is %s gives an error (%s errors) after one request', async (kind, errorBody, message) => {
    const sim = await startLytics({ errorBody });
    const token = kind === 'wrong' ? 'not-a-token-of-lytics' : sim.powerlessToken;
    const failure = await lyticsCatalogue({ ...reach(sim), token })
      .audiences()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'source_unauthorized',
      message: expect.stringMatching(message),
      retryable: false,
    });
    expect(sim.inspect().requests).toHaveLength(1);
  });

  it('is not in any error, whatever Lytics answers', async () => {
    const sim = await startLytics({ errorBody: 'flat', token: 'letters' });
    sim.addFault({ kind: 'status', status: 422, message: `the token ${sim.token} is odd`, count: 0 });
    const source = lyticsCatalogue(reach(sim));
    const failure = await source.audiences().catch((error: unknown) => error);
    expect(String(failure)).toBe('LineupError: Lytics answered 422. The request was GET /v2/segment.');
    for (const shown of [inspect(failure, { depth: 9 }), inspect(source, { depth: 9, showHidden: true })]) {
      expect(shown).not.toContain(sim.token);
    }
  });
});

describe('a server that is not Lytics', () => {
  it('is recognised by the form of its answers', async () => {
    const answers = ['{"data":"x"}', '{"data":[{"name":"no id"}]}', '[]', 'null'];
    for (const answer of answers) {
      const { origin } = await serveFiles((_, response) => response.end(answer));
      const catalogue = lyticsCatalogue({ token: 'x', origin, clock: swiftClock() });
      await expect(catalogue.audiences()).rejects.toMatchObject({
        code: 'source_failed',
        message: expect.stringContaining('an answer that Lineup does not understand'),
      });
    }
  });

  it('gets no second request after a redirect, so the token goes nowhere else', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(302, { location: '/elsewhere' }).end();
    }).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const catalogue = lyticsCatalogue({ token: 'x', origin: `http://127.0.0.1:${port}` });
    await expect(catalogue.audiences()).rejects.toMatchObject({
      code: 'source_failed',
      message: expect.stringContaining('answered 302'),
    });
    expect(asked).toEqual(['/v2/segment?table=user&kind=segment&valid=true&sizes=true']);
  });
});
