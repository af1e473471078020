/** Sign-in, put together: better-auth, the users, and one-time links. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret } from '../../domain/values/secret.ts';
import { type BetterAuth, createBetterAuth, type SignInOptions } from './better-auth.ts';
import { People } from './people.ts';
import type { SignOn } from './single-sign-on.ts';

export interface Auth {
  readonly betterAuth: BetterAuth;
  readonly people: People;
  readonly links: Links;
  readonly oidc: SignOn | undefined;
}

export function createAuth(options: SignInOptions): Auth {
  const betterAuth = createBetterAuth(options);
  const { oidc } = options;
  return {
    betterAuth,
    people: new People(betterAuth, oidc?.config),
    links: new Links(betterAuth),
    oidc,
  };
}

/** The URL of a one-time link. The secret is in the fragment, which browsers never send to a server. */
export const linkTo = (publicUrl: string, page: 'setup' | 'invitation', token: string): string =>
  `${publicUrl}/${page}#${token}`;

/**
 * The link of the first start, for the log or the terminal. The person who opens it becomes the administrator.
 * @returns undefined when there is an administrator already
 */
export async function setupLink({ people, links }: Auth, publicUrl: string): Promise<string | undefined> {
  if (await people.hasAdministrator()) return undefined;
  return linkTo(publicUrl, 'setup', (await links.issue('setup', 'administrator')).reveal());
}

const MINUTE = 60_000;
const lifetimes = { setup: 60 * MINUTE, invitation: 7 * 24 * 60 * MINUTE };
type Purpose = keyof typeof lifetimes;

const hash = (secret: string): Buffer => createHash('sha256').update(secret).digest();

function partsOf(purpose: Purpose, token: Secret) {
  const [subject = '', secret = ''] = token.reveal().split('.');
  return { subject, identifier: `${purpose}:${subject}`, secret };
}

function matches(value: string | undefined, secret: string): boolean {
  const kept = Buffer.from(value ?? '', 'hex');
  const given = hash(secret);
  return kept.length === given.length && timingSafeEqual(kept, given);
}

/**
 * One-time links: the setup of the first administrator, invitations and new passwords. The secret is shown once and
 * stored as a hash. A newer link replaces the older one. A link works once, and expires.
 */
class Links {
  readonly #auth: BetterAuth;

  constructor(auth: BetterAuth) {
    this.#auth = auth;
  }

  /** @param subject what the link is about: a user's id */
  async issue(purpose: Purpose, subject: string): Promise<Secret> {
    const { internalAdapter } = await this.#auth.$context;
    const secret = randomBytes(32).toString('base64url');
    const identifier = `${purpose}:${subject}`;
    await internalAdapter.deleteVerificationByIdentifier(identifier);
    await internalAdapter.createVerificationValue({
      identifier,
      value: hash(secret).toString('hex'),
      expiresAt: new Date(Date.now() + lifetimes[purpose]),
    });
    return new Secret(`${subject}.${secret}`);
  }

  /**
   * Checks a link without using it up.
   * @returns its subject, or undefined when it is wrong, used, replaced or too old
   */
  async subjectOf(purpose: Purpose, token: Secret): Promise<string | undefined> {
    const { internalAdapter } = await this.#auth.$context;
    const { subject, identifier, secret } = partsOf(purpose, token);
    const kept = await internalAdapter.findVerificationValue(identifier);
    return matches(kept?.value, secret) ? subject : undefined;
  }

  /** Uses a link up. @returns its subject, or undefined when it is wrong, used, replaced or too old */
  async redeem(purpose: Purpose, token: Secret): Promise<string | undefined> {
    const { internalAdapter } = await this.#auth.$context;
    // Checked first, so that a wrong guess does not use up the right link.
    if ((await this.subjectOf(purpose, token)) === undefined) return undefined;
    const { subject, identifier, secret } = partsOf(purpose, token);
    // When two requests use it at once, one gets it.
    const used = await internalAdapter.consumeVerificationValue(identifier);
    return matches(used?.value, secret) ? subject : undefined;
  }
}
