/** Stateless channel access tokens. They end by themselves and cannot be revoked. */

export interface AccessToken {
  readonly channelId: string;
  /** In virtual time. */
  expiresAt: number;
}

/** Every token of the simulator, wherever it is. */
export const anyToken = /\boa-token-\d+-[0-9a-f]+/;

export class Tokens {
  readonly #now: () => number;
  readonly #issued = new Map<string, AccessToken>();
  #count = 0;

  /** @param now virtual time */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Cannot be guessed by counting, but is always the same in a repeated history. */
  issue(channelId: string, lifeMs: number): string {
    this.#count += 1;
    const tail = (Math.imul(this.#count, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
    const token = `oa-token-${String(this.#count).padStart(6, '0')}-${tail}`;
    this.#issued.set(token, { channelId, expiresAt: this.#now() + lifeMs });
    return token;
  }

  find(token: string): AccessToken | undefined {
    return this.#issued.get(token);
  }

  isValid({ expiresAt }: AccessToken): boolean {
    return this.#now() < expiresAt;
  }

  /** Ends the tokens of this channel before their time. Another one can be issued. */
  expire(channelId: string): void {
    for (const token of this.#issued.values()) {
      if (token.channelId === channelId) token.expiresAt = Math.min(token.expiresAt, this.#now());
    }
  }
}
