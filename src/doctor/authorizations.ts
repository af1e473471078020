/** Checks the keys of destinations: those that were refused at their last check. */
import { findProvider } from '../contracts/providers/index.ts';
import { type Finding, ok, problem } from './finding.ts';
import type { StoredDestination } from './stored.ts';

const AUTHORIZATIONS = 'Authorizations';

const verify =
  'Its page in the web app says why; "lineup authorizations verify" asks again. Correct it there, or with "lineup authorizations replace-secret".';

/** Those that a person connects have findings of their own. None for an installation without any. */
export function refusedFindings(destinations: readonly StoredDestination[] = []): Finding[] {
  const keys = destinations.filter(({ connection }) => connection === undefined);
  const refused = keys.filter(({ health }) => health === 'unhealthy');
  if (keys.length === 0) return [];
  if (refused.length === 0) return [ok(AUTHORIZATIONS, 'No destination has refused a key at its last check.')];
  return refused.map(({ id, provider }) =>
    problem(AUTHORIZATIONS, `${id} of ${labelOf(provider)} was refused at its last check.`, verify),
  );
}

const labelOf = (provider: string): string => findProvider(provider)?.label ?? provider;
