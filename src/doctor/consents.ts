/** Checks the authorizations that a person connects in the browser. */
import { type Finding, ok, problem, warning } from './finding.ts';
import type { StoredDestination } from './stored.ts';

const CONSENTS = 'Connected authorizations';

const DAY = 24 * 3_600_000;
/** Nobody documents after how long an unused Business ID is suspended. After half a year, a sign-in is wise. */
const SIGN_IN_DAYS = 180;

const signIn =
  'Let the person sign in with the Business ID. If it is suspended because nobody uses it, the access ends. To be reminded from today, connect again.';
const connect = 'Open it in the web app and choose Connect, or run "lineup authorizations connect".';
const connectAgain =
  'Its page in the web app says why. Connect it again there, or run "lineup authorizations connect".';
const choose = 'Open it in the web app, or run "lineup authorizations choose-base-account".';

/** None for an installation where nobody has to connect anything. */
export function consentFindings(destinations: readonly StoredDestination[] = [], now: Date): Finding[] {
  const asked = destinations.filter(({ connection }) => connection !== undefined);
  const wrong = asked.flatMap((destination) => problemsOf(destination, now));
  if (asked.length === 0 || wrong.length > 0) return wrong;
  return [ok(CONSENTS, `${asked.length === 1 ? 'It is' : `All ${asked.length} are`} connected, with a base account.`)];
}

function problemsOf({ id, health, connection }: StoredDestination, now: Date): Finding[] {
  if (!connection?.connected) return [warning(CONSENTS, `${id} is not connected, so no job can use it.`, connect)];
  if (health === 'unhealthy') {
    return [problem(CONSENTS, `${id} is connected, but its last check was refused.`, connectAgain)];
  }
  if (connection.account === null) return [warning(CONSENTS, `${id} has no base account yet.`, choose)];
  const days = Math.floor((now.getTime() - Date.parse(connection.at ?? '')) / DAY);
  return days >= SIGN_IN_DAYS
    ? [warning(CONSENTS, `${id} was connected ${days} days ago. Its person must sign in there now and then.`, signIn)]
    : [];
}
