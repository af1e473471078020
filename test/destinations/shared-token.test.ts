import { setImmediate as settled } from 'node:timers/promises';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import type { Clock, StoredToken, TokenStore } from '../../src/contracts/ports.ts';
import type { ConnectOptions } from '../../src/destinations/connect.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import { connectTo, type DestinationKind } from '../../src/destinations/kinds.ts';
import { ownerOf, SharedTokens } from '../../src/destinations/shared-token.ts';
import type { Minted, TokenRules, Tokens } from '../../src/destinations/tokens.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { type KnownAuthorizations, withPlanned } from '../../src/use-cases/known-authorizations.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const credentials = { client_id: 'client-1', client_secret: 'an-invented-client-secret' };

/** A clock that only `advance` moves. */
function ownedClock() {
  let time = Date.UTC(2026, 2, 2);
  let waits: { readonly end: number; readonly wake: () => void }[] = [];
  return {
    now: () => new Date(time),
    monotonic: () => time,
    sleep: (ms: number, signal?: AbortSignal) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waits.push({ end: time + ms, wake: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason));
      return promise;
    },
    advance: async (ms: number) => {
      time += ms;
      for (const { end, wake } of waits) if (end <= time) wake();
      waits = waits.filter(({ end }) => end > time);
      await settled();
    },
  };
}

/** The other side: its tokens are `token-1`, `token-2`, …, each valid for an hour. */
class TokenEndpoint {
  /** What each mint was shown. */
  readonly kept: (string | null)[] = [];
  askedAt: string | undefined;
  lifeMs = HOUR;
  keeps: string | undefined;
  failure: Error | undefined;
  /** Mints wait for it. */
  gate: Promise<void> = Promise.resolve();
  readonly #clock: Pick<Clock, 'now'>;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  readonly rules = (rules: Partial<TokenRules> = {}): TokenRules => ({
    mint: async (_, kept, { baseUrl }): Promise<Minted> => {
      this.askedAt = baseUrl;
      this.kept.push(kept?.reveal() ?? null);
      await this.gate;
      if (this.failure) throw this.failure;
      return {
        token: new Secret(`token-${this.kept.length}`),
        expiresAt: new Date(this.#clock.now().getTime() + this.lifeMs),
        ...(this.keeps !== undefined && { keep: new Secret(this.keeps) }),
      };
    },
    renewBeforeMs: 30 * MINUTE,
    stored: true,
    ...rules,
  });
}

/** The storage of an installation, for all of its processes. */
class Storage {
  row: StoredToken | undefined;
  taken = false;
  failure: Error | undefined;
  lost = new AbortController();
  readonly store: TokenStore = {
    read: async () => {
      if (this.failure) throw this.failure;
      return this.row;
    },
    tryTurn: async () => {
      if (this.taken) return undefined;
      this.taken = true;
      this.lost = new AbortController();
      return {
        lost: this.lost.signal,
        save: async (token) => {
          if (this.failure) throw this.failure;
          this.lost.signal.throwIfAborted();
          this.row = token;
        },
        release: async () => {
          this.taken = false;
        },
      };
    },
  };
}

function installation() {
  const clock = ownedClock();
  const endpoint = new TokenEndpoint(clock);
  const storage = new Storage();
  const process = () => new SharedTokens(clock, () => storage.store);
  const connect = (rules: Partial<TokenRules> = {}, given = credentials, from = process()) =>
    from.of('aut_1', given, endpoint.rules(rules));
  return { clock, endpoint, storage, process, connect };
}

const revealed = async (token: Promise<Secret>) => (await token).reveal();
const passing = () => new LineupError('line_unavailable', 'The other side has an error.', { retryable: true });
const revoked = () => new LineupError('line_unauthorized', 'Connect again.');
const takenOver = () => new LineupError('run_taken_over', 'Another process has it.', { retryable: true });

test('a token is used until less than the renewal time is left, and all processes then use the next one', async () => {
  const { clock, endpoint, connect } = installation();
  const [first, second] = [connect(), connect()];
  expect(await revealed(first.current())).toBe('token-1');
  expect(await revealed(second.current())).toBe('token-1');
  await clock.advance(30 * MINUTE - 1);
  expect(await revealed(second.current())).toBe('token-1');
  await clock.advance(1);
  expect(await revealed(second.current())).toBe('token-2');
  expect(await revealed(first.current())).toBe('token-2');
  expect(endpoint.kept).toHaveLength(2);
});

test('of a token whose whole life is shorter than the renewal time, the first half is used', async () => {
  const { clock, endpoint, connect } = installation();
  endpoint.lifeMs = 10 * MINUTE;
  const tokens = connect();
  for (const expected of ['token-1', 'token-1', 'token-1', 'token-1', 'token-1', 'token-2']) {
    expect(await revealed(tokens.current())).toBe(expected);
    await clock.advance(MINUTE);
  }
});

test('many requests of one process wait for one mint', async () => {
  const { endpoint, connect, process } = installation();
  const first = process();
  const all = Array.from({ length: 50 }, () => connect({}, credentials, first).current());
  expect(new Set(await Promise.all(all.map(revealed)))).toEqual(new Set(['token-1']));
  expect(endpoint.kept).toHaveLength(1);
});

test('two processes that ask at the same time mint once: the other one waits', async () => {
  const { clock, endpoint, connect } = installation();
  const { promise, resolve } = Promise.withResolvers<void>();
  endpoint.gate = promise;
  const both = [revealed(connect().current()), revealed(connect().current())];
  await settled();
  await clock.advance(1_000);
  resolve();
  await settled();
  await clock.advance(1_000);
  expect(await Promise.all(both)).toEqual(['token-1', 'token-1']);
  expect(endpoint.kept).toHaveLength(1);
});

test('a process that gets the turn just after another one does not mint again', async () => {
  const { clock, endpoint, storage, connect } = installation();
  const faster = connect();
  const { tryTurn } = storage.store;
  const slower: TokenStore = {
    read: storage.store.read,
    tryTurn: async () => {
      await faster.current();
      return tryTurn();
    },
  };
  const tokens = new SharedTokens(clock, () => slower).of('aut_1', credentials, endpoint.rules());
  expect(await revealed(tokens.current())).toBe('token-1');
  expect(endpoint.kept).toHaveLength(1);
});

test('while another process mints, the old token is used as long as it is valid', async () => {
  const { clock, storage, connect } = installation();
  const tokens = connect();
  await tokens.current();
  await clock.advance(HOUR - 1);
  storage.taken = true;
  expect(await revealed(tokens.current())).toBe('token-1');
  await clock.advance(1);
  const waiting = revealed(tokens.current());
  await clock.advance(10 * MINUTE);
  storage.taken = false;
  await clock.advance(1_000);
  expect(await waiting).toBe('token-2');
});

test('who waits for another process can stop, and the others wait on', async () => {
  const { clock, storage, connect } = installation();
  const tokens = connect();
  storage.taken = true;
  const person = new AbortController();
  const [stopped, waiting] = [tokens.current(undefined, person.signal), tokens.current()];
  await settled();
  person.abort(new Error('closed the page'));
  await expect(stopped).rejects.toThrow('closed the page');
  await expect(tokens.current(undefined, person.signal)).rejects.toThrow('closed the page');
  storage.taken = false;
  await clock.advance(1_000);
  expect(await revealed(waiting)).toBe('token-1');
});

test('who stops does not end a mint that others wait for, and its token is stored', async () => {
  const { endpoint, storage, connect } = installation();
  const { promise, resolve } = Promise.withResolvers<void>();
  endpoint.gate = promise;
  const person = new AbortController();
  const tokens = connect();
  const stopped = tokens.current(undefined, person.signal);
  const waiting = tokens.current();
  await settled();
  person.abort(new Error('closed the page'));
  await expect(stopped).rejects.toThrow('closed the page');
  resolve();
  expect(await revealed(waiting)).toBe('token-1');
  expect(storage.row?.token.reveal()).toBe('token-1');
});

test('a refused token is replaced once, however many requests it was refused to', async () => {
  const { endpoint, connect } = installation();
  const [first, second] = [connect(), connect()];
  const refused = await first.current();
  await second.current();
  expect(await Promise.all([1, 2, 3].map(() => revealed(first.current(refused))))).toEqual(Array(3).fill('token-2'));
  // The other process finds it, and does not mint.
  expect(await revealed(second.current(refused))).toBe('token-2');
  expect(endpoint.kept).toHaveLength(2);
});

test('a refusal is heard although others have begun to look without it', async () => {
  const { clock, endpoint, connect } = installation();
  const tokens = connect();
  const refused = await tokens.current();
  await clock.advance(31 * MINUTE);
  endpoint.failure = passing();
  const [old, next] = [tokens.current(), tokens.current(refused)];
  expect(await revealed(old)).toBe('token-1');
  await expect(next).rejects.toThrow('The other side has an error.');
});

test('an other side that gives the refused token again is not asked again and again', async () => {
  const { connect } = installation();
  let asked = 0;
  const mint = async (): Promise<Minted> => {
    asked++;
    return { token: new Secret('same'), expiresAt: new Date(Date.UTC(2030, 0)) };
  };
  const tokens = connect({ mint });
  const refused = await tokens.current();
  expect(await revealed(tokens.current(refused))).toBe('same');
  expect(asked).toBe(2);
});

test('a token that is over when it comes is given to who asked, and not minted in a circle', async () => {
  const { endpoint, connect } = installation();
  endpoint.lifeMs = -1;
  expect(await revealed(connect().current())).toBe('token-1');
});

test('a failure that passes leaves the old token in use, with a pause; then it is thrown to who asks', async () => {
  const { clock, endpoint, connect } = installation();
  const tokens = connect();
  await tokens.current();
  await clock.advance(HOUR - MINUTE);
  endpoint.failure = passing();
  for (let n = 0; n < 10; n++) expect(await revealed(tokens.current())).toBe('token-1');
  expect(endpoint.kept).toHaveLength(2);
  await clock.advance(30_000);
  for (let n = 0; n < 10; n++) expect(await revealed(tokens.current())).toBe('token-1');
  expect(endpoint.kept).toHaveLength(3);
  await clock.advance(30_000);
  // Whoever asks decides when to ask again.
  for (const asked of [4, 5]) {
    await expect(tokens.current()).rejects.toThrow('The other side has an error.');
    expect(endpoint.kept).toHaveLength(asked);
  }
  endpoint.failure = undefined;
  expect(await revealed(tokens.current())).toBe('token-6');
});

test('without anything kept, what only a person can change is thrown at once, and tried again after some time', async () => {
  const { clock, endpoint, connect } = installation();
  const tokens = connect();
  endpoint.failure = revoked();
  for (let n = 0; n < 5; n++) {
    await expect(tokens.current()).rejects.toMatchObject({ code: 'line_unauthorized' });
    await clock.advance(5_000);
  }
  expect(endpoint.kept).toHaveLength(1);
  await clock.advance(5_000);
  await expect(tokens.current()).rejects.toMatchObject({ code: 'line_unauthorized' });
  expect(endpoint.kept).toHaveLength(2);
});

test('a refused refresh is never asked for again, by no process, until a person has connected or given another secret', async () => {
  const { clock, endpoint, storage, connect } = installation();
  endpoint.keeps = 'refresh-1';
  const tokens = connect();
  await tokens.current();
  await clock.advance(31 * MINUTE);
  endpoint.failure = revoked();
  for (let n = 0; n < 5; n++) {
    // One more process each time, as after a restart.
    for (const asked of [tokens, connect()]) {
      await expect(asked.current()).rejects.toMatchObject({ code: 'line_unauthorized', message: 'Connect again.' });
    }
    await clock.advance(HOUR);
  }
  expect(endpoint.kept).toHaveLength(2);
  // The refusal may be about the client secret.
  const otherSecret = connect({ boundTo: ['client_id'] }, { ...credentials, client_secret: 'another' });
  storage.row = { ...storage.row!, belongsTo: ownerOf(credentials, { boundTo: ['client_id'] }) };
  await expect(otherSecret.current()).rejects.toMatchObject({ code: 'line_unauthorized' });
  expect(endpoint.kept).toHaveLength(3);
  storage.row = { ...storage.row, belongsTo: ownerOf(credentials, {}), refused: undefined };
  // A person has connected again, through another process.
  const now = clock.now();
  const expiresAt = new Date(now.getTime() + 10 * MINUTE);
  storage.row = { ...storage.row!, token: new Secret('by a person'), keep: new Secret('refresh-2'), expiresAt };
  endpoint.failure = undefined;
  expect(await revealed(tokens.current())).toBe('token-4');
  expect(endpoint.kept.at(-1)).toBe('refresh-2');
});

test('a refused refresh that the storage did not take is not asked for again by its process', async () => {
  const { clock, endpoint, storage, connect } = installation();
  endpoint.keeps = 'refresh-1';
  const tokens = connect();
  await tokens.current();
  await clock.advance(31 * MINUTE);
  endpoint.failure = revoked();
  const { tryTurn } = storage.store;
  Object.assign(storage.store, {
    tryTurn: async () => ({ ...(await tryTurn())!, save: () => Promise.reject(new Error('The database is away.')) }),
  });
  for (let n = 0; n < 3; n++) {
    await expect(tokens.current()).rejects.toMatchObject({ code: 'line_unauthorized' });
    await clock.advance(HOUR);
  }
  expect(endpoint.kept).toHaveLength(2);
});

test('a token that was taken away is no longer used after some seconds, and comes back by no process', async () => {
  const { clock, endpoint, storage, connect } = installation();
  endpoint.keeps = 'refresh-1';
  const [tokens, unsaved] = [connect(), connect()];
  await tokens.current();
  await clock.advance(31 * MINUTE);
  const { tryTurn } = storage.store;
  Object.assign(storage.store, {
    tryTurn: async () => ({ ...(await tryTurn())!, save: () => Promise.reject(new Error('The database is away.')) }),
  });
  await expect(unsaved.current()).resolves.toBeDefined();
  Object.assign(storage.store, { tryTurn });
  storage.row = undefined;
  endpoint.failure = revoked();
  await clock.advance(30_000);
  for (const asked of [tokens, unsaved]) await expect(asked.current()).rejects.toThrow('Connect again.');
  expect(storage.row).toBeUndefined();
  expect(endpoint.kept.slice(2)).toEqual([null, null]);
});

test('what a mint asks to keep is shown to the next one, and stays when the next one says nothing', async () => {
  const { clock, endpoint, connect } = installation();
  const tokens = connect();
  for (const keeps of ['refresh-1', undefined, 'refresh-2', undefined]) {
    endpoint.keeps = keeps;
    await tokens.current();
    await clock.advance(40 * MINUTE);
  }
  expect(endpoint.kept).toEqual([null, 'refresh-1', 'refresh-1', 'refresh-2']);
});

test('a mint that does not end is given up, and frees the turn', async () => {
  const { clock, endpoint, storage, connect } = installation();
  endpoint.gate = new Promise(() => {});
  const asked = connect().current();
  const refusal = expect(asked).rejects.toMatchObject({ code: 'line_unreachable', retryable: true });
  await settled();
  await clock.advance(MINUTE);
  await refusal;
  expect(storage.taken).toBe(false);
});

test('a process that has lost its turn uses the token of the one that has it', async () => {
  const { clock, endpoint, storage, connect } = installation();
  const { promise, resolve } = Promise.withResolvers<void>();
  endpoint.gate = promise;
  const slow = revealed(connect().current());
  await settled();
  const { lost } = storage;
  storage.taken = false;
  endpoint.gate = Promise.resolve();
  expect(await revealed(connect().current())).toBe('token-2');
  lost.abort(takenOver());
  resolve();
  await settled();
  await clock.advance(1_000);
  expect(await slow).toBe('token-2');
  expect(storage.row?.token.reveal()).toBe('token-2');
});

test('a token that could not be stored is used, and stored later with what it keeps', async () => {
  const { clock, endpoint, storage, connect } = installation();
  const tokens = connect();
  await tokens.current();
  await clock.advance(HOUR);
  endpoint.keeps = 'refresh-2';
  const { save } = (await storage.store.tryTurn())!;
  storage.taken = false;
  const before = storage.row!;
  const { tryTurn } = storage.store;
  let broken = true;
  Object.assign(storage.store, {
    tryTurn: async () => ({
      ...(await tryTurn())!,
      save: async (token: StoredToken) => {
        if (broken) throw new LineupError('database_unreachable', 'The database is away.', { retryable: true });
        await save(token);
      },
    }),
  });
  expect(await revealed(tokens.current())).toBe('token-2');
  expect(storage.row).toBe(before);
  broken = false;
  expect(await revealed(tokens.current())).toBe('token-2');
  expect(storage.row).toBe(before);
  await clock.advance(30_000);
  expect(await revealed(tokens.current())).toBe('token-2');
  expect(storage.row?.token.reveal()).toBe('token-2');
  expect(storage.row?.keep?.reveal()).toBe('refresh-2');
  expect(endpoint.kept).toHaveLength(2);
});

test('a storage that is away takes no valid token away, and is not asked for a fresh one', async () => {
  const { clock, storage, connect } = installation();
  const tokens = connect();
  await tokens.current();
  storage.failure = new LineupError('database_unreachable', 'The database is away.', { retryable: true });
  expect(await revealed(tokens.current())).toBe('token-1');
  await clock.advance(HOUR - 1);
  expect(await revealed(tokens.current())).toBe('token-1');
  await clock.advance(1);
  await expect(tokens.current()).rejects.toMatchObject({ code: 'database_unreachable' });
});

test('a token is not used with other credentials, and goes on with others of their settings', async () => {
  const { endpoint, connect, process } = installation();
  const first = process();
  const rules = { boundTo: ['client_id'] };
  endpoint.keeps = 'refresh-1';
  expect(await revealed(connect(rules, credentials, first).current())).toBe('token-1');
  const otherSecret = { ...credentials, client_secret: 'another' };
  expect(await revealed(connect(rules, otherSecret, first).current())).toBe('token-1');
  const otherClient = { ...credentials, client_id: 'client-2' };
  expect(await revealed(connect(rules, otherClient, first).current())).toBe('token-2');
  expect(endpoint.kept).toEqual([null, null]);
  // Without a word about it, a token belongs to the whole configuration.
  expect(await revealed(connect({}, otherClient).current())).toBe('token-3');
  expect(await revealed(connect({}, { ...otherClient, client_secret: 'a third' }).current())).toBe('token-4');
});

test('a token that is not to be stored is in the memory of each process, as is that of credentials that are not saved', async () => {
  const { endpoint, storage, process, connect } = installation();
  const [first, second] = [process(), process()];
  const rules = { stored: false };
  expect(await revealed(connect(rules, credentials, first).current())).toBe('token-1');
  expect(await revealed(connect(rules, credentials, first).current())).toBe('token-1');
  expect(await revealed(connect(rules, credentials, second).current())).toBe('token-2');
  const unsaved = first.of(null, credentials, endpoint.rules());
  expect(await revealed(unsaved.current())).toBe('token-3');
  expect(await revealed(unsaved.current())).toBe('token-3');
  expect(storage.row).toBeUndefined();
});

test('a destination with rules is connected with the token of its authorization, or with one of its own', async () => {
  const { endpoint, process, storage } = installation();
  const given: (Tokens | undefined)[] = [];
  const kind = (rules?: TokenRules): DestinationKind => ({
    id: 'toy',
    load: async () => ({
      connect: ({ tokens }) => {
        given.push(tokens);
        return {} as Destination;
      },
      ...(rules && { tokens: rules }),
    }),
  });
  const baseUrl = 'http://127.0.0.1:9/side';
  const options = { credentials, baseUrl, limits: {} as ConnectOptions['limits'], patience: 'run' } as const;
  const tokens = process();
  await connectTo(kind(), options, tokens, 'aut_1');
  for (const authorization of ['aut_1', 'aut_1', null]) {
    await connectTo(kind(endpoint.rules()), options, tokens, authorization);
  }
  const [none, first, second, unsaved] = given;
  expect(none).toBeUndefined();
  expect(await revealed(first!.current())).toBe('token-1');
  expect(endpoint.askedAt).toBe(baseUrl);
  expect(second).toBe(first);
  expect(await revealed(unsaved!.current())).toBe('token-2');
  expect(storage.row?.token.reveal()).toBe('token-1');
});

test('a token for credentials that are only planned is not stored in place of that of the saved ones', () => {
  const saved = { isSaved: () => true } as unknown as KnownAuthorizations;
  const known = withPlanned(saved, [{ id: 'aut_1', provider: 'toy', method: 'toy', configuration: credentials }], () =>
    Promise.reject(new Error('no reference')),
  );
  expect(['aut_1', 'aut_2'].map(known.isSaved)).toEqual([false, true]);
});

test('nothing that can be printed shows a secret', async () => {
  const { clock, endpoint, storage, process, connect } = installation();
  const first = process();
  endpoint.keeps = 'refresh-secret';
  const tokens = connect({}, credentials, first);
  await tokens.current();
  await clock.advance(HOUR);
  endpoint.failure = passing();
  const error = await tokens.current().catch((reason: unknown) => reason);
  const seen = [first, tokens, storage.row, error].flatMap((value) => [
    inspect(value, { depth: 9, showHidden: true }),
    JSON.stringify(value),
    String(value),
  ]);
  for (const secret of ['token-1', 'refresh-secret', credentials.client_secret]) {
    expect(seen.join('\n')).not.toContain(secret);
  }
});
