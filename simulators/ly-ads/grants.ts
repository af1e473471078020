/** Applications, the consent of people, and the tokens that come from it. */
import { SimulatorInputError } from '../shared/input.ts';

/** An application of a customer. */
export interface Client {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Addresses that are registered, beside `oob`. Absent: every address of http or https. */
  readonly redirectUris?: readonly string[];
}

/** The page of `oob`: the code is shown, to be copied. */
export const outOfBand = 'oob';

/** One consent. Both kinds of tokens belong to it. */
export interface Grant {
  readonly clientId: string;
  readonly businessId: string;
  refreshToken: string;
  /** All its tokens are deleted, for example because the Business ID was not used for long. */
  deleted: boolean;
  refreshes: number;
}

export interface AccessToken {
  readonly grant: Grant;
  /** In virtual time. */
  expiresAt: number;
}

interface Code {
  readonly clientId: string;
  readonly businessId: string;
  readonly redirectUri: string;
  readonly madeAt: number;
  used: boolean;
}

/** Why a code or a refresh token is refused. */
export type Refused = 'unknown' | 'used' | 'expired' | 'deleted' | 'other client' | 'other redirect_uri';

const codeMs = 600_000;
/** Every token and code of the simulator, wherever it is. */
export const anyToken = /\bly-(?:code|access|refresh)-\d+-[0-9a-f]+/;

export class Grants {
  readonly #now: () => number;
  readonly #codes = new Map<string, Code>();
  readonly #access = new Map<string, AccessToken>();
  readonly #grants: Grant[] = [];
  #count = 0;

  /** @param now virtual time */
  constructor(now: () => number) {
    this.#now = now;
  }

  get list(): readonly Grant[] {
    return this.#grants;
  }

  newCode(clientId: string, businessId: string, redirectUri: string): string {
    const code = this.#secret('code');
    this.#codes.set(code, { clientId, businessId, redirectUri, madeAt: this.#now(), used: false });
    return code;
  }

  /** Takes a code, once. */
  redeem(code: string, clientId: string, redirectUri: string): Grant | Refused {
    const held = this.#codes.get(code);
    if (!held) return 'unknown';
    if (held.clientId !== clientId) return 'other client';
    if (held.redirectUri !== redirectUri) return 'other redirect_uri';
    if (held.used) return 'used';
    if (this.#now() >= held.madeAt + codeMs) return 'expired';
    held.used = true;
    return this.newGrant(clientId, held.businessId);
  }

  /** As if this person had just consented. */
  newGrant(clientId: string, businessId: string): Grant {
    const refreshToken = this.#secret('refresh');
    const grant = { clientId, businessId, refreshToken, deleted: false, refreshes: 0 };
    this.#grants.push(grant);
    return grant;
  }

  newAccessToken(grant: Grant, lifeMs: number): string {
    const token = this.#secret('access');
    this.#access.set(token, { grant, expiresAt: this.#now() + lifeMs });
    return token;
  }

  refresh(refreshToken: string, clientId: string, renews: boolean): Grant | Refused {
    const grant = this.#grants.find((grant) => grant.refreshToken === refreshToken);
    if (!grant) return 'unknown';
    if (grant.clientId !== clientId) return 'other client';
    if (grant.deleted) return 'deleted';
    if (renews) grant.refreshToken = this.#secret('refresh');
    grant.refreshes += 1;
    return grant;
  }

  accessToken(token: string): AccessToken | undefined {
    return this.#access.get(token);
  }

  /** Whether this token works now. */
  isValid({ grant, expiresAt }: AccessToken): boolean {
    return !grant.deleted && this.#now() < expiresAt;
  }

  /** Ends the access tokens of this Business ID before their time. A refresh gives a new one. */
  expireAccess(businessId: string): void {
    for (const token of this.#access.values()) {
      if (token.grant.businessId === businessId) token.expiresAt = Math.min(token.expiresAt, this.#now());
    }
  }

  /** Deletes all tokens of this Business ID. Only a new consent helps. */
  deleteTokens(businessId: string): void {
    for (const grant of this.#grants) if (grant.businessId === businessId) grant.deleted = true;
  }

  /** Cannot be guessed by counting, but is always the same in a repeated history. */
  #secret(kind: 'code' | 'access' | 'refresh'): string {
    this.#count += 1;
    const tail = (Math.imul(this.#count, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
    return `ly-${kind}-${String(this.#count).padStart(6, '0')}-${tail}`;
  }
}

/** @throws {SimulatorInputError} */
export function checkClients(clients: readonly Client[]): void {
  for (const { clientId, clientSecret } of clients) {
    if (!clientId || !clientSecret) throw new SimulatorInputError('Every client needs an id and a secret.');
  }
}
