import { LineupError } from '../../domain/errors/errors.ts';
import type { Sentence } from '../../domain/text/sentence.ts';

/** Which value of the authorization LINE, or Lineup before it, does not accept. */
export type CredentialField = 'channel_id' | 'channel_secret' | 'private_key' | 'key_id';

/** No token, until a person changes a value of the authorization. */
export class TokenError extends LineupError {
  readonly field: CredentialField;

  constructor(field: CredentialField, text: Sentence) {
    super('line_unauthorized', text);
    this.field = field;
  }
}
