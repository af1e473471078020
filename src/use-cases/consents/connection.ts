/** Whether an authorization is connected, and what its consent asks of its method. */
import type { Authorization } from '../../contracts/authorizations.ts';
import { CONSENT_PATH, type Connection } from '../../contracts/consents.ts';
import { findMethod } from '../../contracts/providers/index.ts';
import { kindOf } from '../../destinations/kinds.ts';
import { ownerOf } from '../../destinations/shared-token.ts';
import type { Credentials, TokenRules } from '../../destinations/tokens.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Db } from '../../store/database/database.ts';
import { readToken } from '../../store/repositories/authorization-tokens.ts';
import { readConsent } from '../../store/repositories/consents.ts';
import type { UseCaseDeps } from '../deps.ts';
import { withSecrets } from '../secrets-outside.ts';

type Method = Pick<Authorization, 'provider' | 'method'>;

/** What a method says of its consent; undefined for one without. */
export const consentOf = ({ provider, method }: Method) => findMethod(provider, method)?.consent;

/** Where the destination sends the browser back to; null without a public address. */
export const redirectUriOf = ({ publicUrl }: Pick<UseCaseDeps, 'publicUrl'>): string | null =>
  // regex-bounded: a setting of the operator's own
  publicUrl === null ? null : `${publicUrl.replace(/\/+$/, '')}${CONSENT_PATH}`;

/** @throws {LineupError} `action_not_allowed` for a method without consent */
export async function consentRules(method: Method): Promise<TokenRules & Required<Pick<TokenRules, 'consent'>>> {
  const rules = consentOf(method) && (await kindOf(method.provider).load()).tokens;
  if (rules?.consent) return { ...rules, consent: rules.consent };
  throw new LineupError(
    'action_not_allowed',
    sentence`Nobody connects this authorization in the browser: its credentials are enough.`,
  );
}

type ConnectionDeps = Pick<UseCaseDeps, 'box' | 'readSecret' | 'publicUrl'>;

/**
 * Undefined for a method without consent.
 * @param configuration as it is stored; undefined when nobody can read it
 */
export async function connectionIn(
  db: Db,
  { box, readSecret, publicUrl }: ConnectionDeps,
  { id, ...method }: Method & Pick<Authorization, 'id'>,
  configuration: Record<string, string> | undefined,
): Promise<Connection | undefined> {
  const asked = consentOf(method);
  if (!asked) return undefined;
  const rules = await consentRules(method);
  const credentials = configuration && (await withSecrets({ ...method, configuration }, readSecret).catch(() => null));
  // A key that is gone also makes the credentials unreadable, which the health says.
  const token = await readToken(db, box, id).catch(() => undefined);
  const consent = await readConsent(db, id);
  const isConnected = isFor(credentials, rules, token);
  const accountId = asked.chooses && configuration?.[asked.chooses];
  return {
    connected: isConnected,
    by: consent?.by ?? null,
    at: consent?.at.toISOString() ?? null,
    identity: consent?.as ?? null,
    refreshed_at: (isConnected && token?.mintedAt.toISOString()) || null,
    account: accountId
      ? { id: accountId, name: consent?.account?.id === accountId ? consent.account.name : null }
      : null,
    redirect_uri: redirectUriOf({ publicUrl }),
  };
}

const isFor = (
  credentials: Credentials | null | undefined,
  rules: TokenRules,
  token: { readonly belongsTo: string } | undefined,
): boolean => Boolean(credentials && token && token.belongsTo === ownerOf(credentials, rules));

/**
 * A new configuration with the account that was chosen: no form shows it, and the consent stays as long as the
 * credentials belong to the same application.
 */
export async function withChosenAccount(
  method: Method,
  configuration: Record<string, string>,
  before: Record<string, string> | undefined,
): Promise<Record<string, string>> {
  const chooses = consentOf(method)?.chooses;
  const account = chooses && before?.[chooses];
  if (!account || configuration[chooses]) return configuration;
  const { boundTo = [] } = await consentRules(method);
  const isSame = boundTo.length > 0 && boundTo.every((key) => configuration[key] === before[key]);
  return isSame ? { ...configuration, [chooses]: account } : configuration;
}
