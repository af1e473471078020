/**
 * One-time links: the first administrator's setup, invitations and new passwords. The secret is shown once and kept as a
 * hash; a newer link takes the place of the older; it works once, and not for ever.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret } from '../../contracts/secret.ts';
import type { BetterAuth } from './better-auth.ts';

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

export class Links {
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

  /** Looks at a link without using it up. @returns its subject, or undefined when it is wrong, used, replaced or too old */
  async subjectOf(purpose: Purpose, token: Secret): Promise<string | undefined> {
    const { internalAdapter } = await this.#auth.$context;
    const { subject, identifier, secret } = partsOf(purpose, token);
    const kept = await internalAdapter.findVerificationValue(identifier);
    return matches(kept?.value, secret) ? subject : undefined;
  }

  /** Uses a link up. @returns its subject, or undefined when it is wrong, used, replaced or too old */
  async redeem(purpose: Purpose, token: Secret): Promise<string | undefined> {
    const { internalAdapter } = await this.#auth.$context;
    // Looked at first, so that a wrong guess does not use the right link up.
    if ((await this.subjectOf(purpose, token)) === undefined) return undefined;
    const { subject, identifier, secret } = partsOf(purpose, token);
    // Of two at once, one gets it.
    const used = await internalAdapter.consumeVerificationValue(identifier);
    return matches(used?.value, secret) ? subject : undefined;
  }
}
