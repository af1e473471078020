/**
 * One access token for all who ask: they wait for the same mint in this process, and the turn of the storage sees to it
 * that only one process mints. The token is a value that the other side may refuse at any time, so a copy in memory is
 * no risk: who shows it the refused one gets another.
 */
import { createHash } from 'node:crypto';
import { DeadlineError, unlessAborted, withDeadline } from '../../packages/client-core/src/timing.ts';
import type { Clock, MintTurn, StoredToken, TokenStore } from '../contracts/ports.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { sentence, sentenceOf } from '../domain/text/sentence.ts';
import type { Secret } from '../domain/values/secret.ts';
import type { Credentials, TokenRules, Tokens } from './tokens.ts';

/** How long one mint may take. */
const MINT_MS = 60_000;
/** How often who waits for another process looks for its token. */
const LOOK_MS = 250;
/** The next mint after one that failed, while the old token is valid or only a person can help. */
const PAUSE_MS = 30_000;
/** How long a token in memory is used without a look whether it was taken away, as by somebody who disconnects. */
const TRUST_MS = 10_000;

type Time = Pick<Clock, 'now' | 'monotonic' | 'sleep'>;

/** Where the token of an authorization is. @param belongsTo a digest of what the token belongs to */
export type StoreOf = (id: string, belongsTo: string) => TokenStore;

/** The tokens of one process, by authorization. */
export class SharedTokens {
  readonly #clock: Time;
  readonly #storeOf: StoreOf;
  readonly #all = new Map<string, { readonly configuration: string; readonly tokens: SharedToken }>();

  constructor(clock: Time, storeOf: StoreOf) {
    this.#clock = clock;
    this.#storeOf = storeOf;
  }

  /** The token of the authorization was taken away: it is looked for before the next use. */
  forget(id: string): void {
    this.#all.get(id)?.tokens.distrust();
  }

  /**
   * @param id null for credentials that are not saved: their token is for this caller alone
   * @param baseUrl that of the other side
   */
  of(id: string | null, credentials: Credentials, rules: TokenRules, baseUrl?: string): Tokens {
    const keys = Object.keys(credentials).sort();
    const configuration = digest(keys.map((key) => [key, credentials[key]]));
    const known = id === null ? undefined : this.#all.get(id);
    if (known?.configuration === configuration) return known.tokens;
    const belongsTo = ownerOf(credentials, rules);
    const store = rules.stored && id !== null ? this.#storeOf(id, belongsTo) : inMemory();
    const askedWith = askedWithOf(credentials, rules);
    const tokens = new SharedToken(this.#clock, store, { rules, credentials, baseUrl, belongsTo, askedWith });
    // Who works with the earlier credentials of the authorization goes on with them.
    if (id !== null) this.#all.set(id, { configuration, tokens });
    return tokens;
  }
}

/** What a token belongs to: a digest of the credentials that matter. */
export const ownerOf = (credentials: Credentials, { boundTo }: Pick<TokenRules, 'boundTo'>): string =>
  digest((boundTo ?? Object.keys(credentials).sort()).map((key) => [key, credentials[key]]));

/** With what the other side is asked for the next one. */
const askedWithOf = (credentials: Credentials, { askedWith }: Pick<TokenRules, 'askedWith'>): string =>
  digest((askedWith ?? Object.keys(credentials).sort()).map((key) => [key, credentials[key]]));

const digest = (values: unknown): string => createHash('sha256').update(JSON.stringify(values)).digest('hex');

function inMemory(): TokenStore {
  let stored: StoredToken | undefined;
  const turn: MintTurn = {
    lost: new AbortController().signal,
    save: async (token) => {
      stored = token;
    },
    release: async () => {},
  };
  return { read: async () => stored, tryTurn: async () => turn };
}

interface Source {
  readonly rules: TokenRules;
  readonly credentials: Credentials;
  readonly baseUrl: string | undefined;
  readonly belongsTo: string;
  readonly askedWith: string;
}

class SharedToken implements Tokens {
  readonly #clock: Time;
  readonly #store: TokenStore;
  readonly #source: Source;
  #held: StoredToken | undefined;
  /** The storage failed to take the one that is held. It then has the one of before, unless somebody has changed it. */
  #unsaved: { readonly before: StoredToken | undefined } | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #attempt: Promise<Secret | undefined> | undefined;
  #failure:
    | { readonly why: unknown; readonly before: StoredToken | undefined; readonly pauseUntil: number }
    | undefined;

  constructor(clock: Time, store: TokenStore, source: Source) {
    this.#clock = clock;
    this.#store = store;
    this.#source = source;
  }

  async current(refused?: Secret, signal?: AbortSignal): Promise<Secret> {
    for (;;) {
      signal?.throwIfAborted();
      if (this.#isTrusted() && this.#isFresh(this.#held, refused)) return this.#held.token;
      const isOwn = this.#attempt === undefined;
      this.#attempt ??= this.#find(refused).finally(() => {
        this.#attempt = undefined;
      });
      const token = await unlessAborted(this.#attempt, signal);
      // Whoever has begun the attempt may not have seen the refusal.
      if (token && (isOwn || !isSame(token, refused))) return token;
      if (!token) await this.#clock.sleep(LOOK_MS, signal);
    }
  }

  /** @returns undefined while another process mints and there is no valid one */
  async #find(refused: Secret | undefined): Promise<Secret | undefined> {
    try {
      await this.#look();
      if (!this.#unsaved && this.#isFresh(this.#held, refused)) return this.#held.token;
      const minted = this.#mayTry(refused) ? await this.#takeTurn(refused) : undefined;
      // As it is: the next attempt to mint would give the same.
      if (minted) return minted;
    } catch (error) {
      if (needsPerson(error) || !this.#isValid(this.#held, refused)) throw error;
    }
    return this.#isValid(this.#held, refused) ? this.#held.token : undefined;
  }

  /** @throws what only a person can change, until a person has */
  #mayTry(refused: Secret | undefined): boolean {
    const told = this.#held?.refused;
    if (told?.askedWith === this.#source.askedWith) throw new LineupError('line_unauthorized', sentenceOf(told.why));
    const failed = this.#failure;
    if (!failed || !isSameToken(failed.before, this.#held)) return true;
    // The storage did not take the refusal.
    if (needsPerson(failed.why) && failed.before?.keep) throw failed.why;
    if (this.#clock.monotonic() >= failed.pauseUntil) return true;
    if (needsPerson(failed.why)) throw failed.why;
    return !this.#isValid(this.#held, refused);
  }

  /** @returns what it has minted */
  async #takeTurn(refused: Secret | undefined): Promise<Secret | undefined> {
    const turn = await this.#store.tryTurn();
    if (!turn) return undefined;
    let minted: Secret | undefined;
    try {
      // Another process may have been faster.
      await this.#look();
      if (!this.#isFresh(this.#held, refused) && this.#mayTry(refused)) minted = await this.#mint(turn);
      if (this.#unsaved && this.#held) await turn.save(this.#held);
    } catch (error) {
      // Another process may mint now. What this one has got may be used, but only the other one's is stored.
      if (!isTakenOver(error)) {
        this.#failure = { why: error, before: this.#held, pauseUntil: this.#clock.monotonic() + PAUSE_MS };
        throw error;
      }
    } finally {
      await turn.release();
    }
    this.#unsaved = undefined;
    return minted;
  }

  /** The storage knows best, unless it has failed to take the last one and nobody has changed it since. */
  async #look(): Promise<void> {
    const found = await this.#store.read();
    const stored = found?.belongsTo === this.#source.belongsTo ? found : undefined;
    this.#lookedAt = this.#clock.monotonic();
    if (this.#unsaved && isSameToken(this.#unsaved.before, stored)) return;
    this.#unsaved = undefined;
    this.#held = stored;
  }

  distrust(): void {
    this.#lookedAt = Number.NEGATIVE_INFINITY;
  }

  #isTrusted = (): boolean => !this.#unsaved && this.#clock.monotonic() < this.#lookedAt + TRUST_MS;

  async #mint({ lost, save }: MintTurn): Promise<Secret> {
    const { rules, credentials, baseUrl, belongsTo } = this.#source;
    const before = this.#held;
    const kept = before?.keep ?? null;
    const mintedAt = this.#clock.now();
    const minted = await withDeadline(
      MINT_MS,
      lost,
      (signal) => rules.mint(credentials, kept, { baseUrl, clock: this.#clock, signal }),
      this.#clock.sleep,
    ).catch(async (error: unknown) => {
      if (needsPerson(error) && before?.keep) await save(this.#refusedWith(before, error)).catch(() => {});
      throw error instanceof DeadlineError ? tooLate() : error;
    });
    this.#held = { ...minted, keep: minted.keep ?? kept, mintedAt, belongsTo };
    this.#unsaved = { before };
    return minted.token;
  }

  /** So no process asks again. */
  #refusedWith(before: StoredToken, { message, sentence: why }: LineupError): StoredToken {
    return { ...before, refused: { askedWith: this.#source.askedWith, why: { message, sentence: why } } };
  }

  #isFresh(held: StoredToken | undefined, refused: Secret | undefined): held is StoredToken {
    if (!this.#isValid(held, refused)) return false;
    const lifeMs = held.expiresAt.getTime() - held.mintedAt.getTime();
    return this.#leftMs(held) > Math.min(this.#source.rules.renewBeforeMs, lifeMs / 2);
  }

  #isValid(held: StoredToken | undefined, refused: Secret | undefined): held is StoredToken {
    return held !== undefined && !isSame(held.token, refused) && this.#leftMs(held) > 0;
  }

  #leftMs = ({ expiresAt }: StoredToken): number => expiresAt.getTime() - this.#clock.now().getTime();
}

const isSame = (token: Secret, other: Secret | undefined): boolean => token.reveal() === other?.reveal();

const isSameToken = (held: StoredToken | undefined, other: StoredToken | undefined): boolean =>
  held === undefined ? other === undefined : isSame(held.token, other?.token);

const needsPerson = (error: unknown): error is LineupError =>
  error instanceof LineupError && error.code === 'line_unauthorized';
const isTakenOver = (error: unknown): boolean => error instanceof LineupError && error.code === 'run_taken_over';

const tooLate = (): LineupError =>
  new LineupError('line_unreachable', sentence`The other system did not answer in time.`, { retryable: true });
