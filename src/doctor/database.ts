/** Findings about the database and the key of its secrets. Pure. */
import type { AuditStreamState } from '../contracts/audit-stream.ts';
import type { SecretHealth } from '../store/secrets/stored-secrets.ts';
import { type Finding, ok, problem, warning } from './finding.ts';
import type { Administration, Stored } from './stored.ts';

const DATABASE = 'Database';
const KEY = 'Secret key';
/** The number of connections of one process. */
const CONNECTIONS = 15;
/** Leases and requests use the clock of the database; schedules use the clock of this machine. */
const CLOCK_TOLERANCE_MS = 30_000;

export function databaseFindings(stored: Stored): Finding[] {
  switch (stored.state) {
    case 'absent':
      return [ok(DATABASE, 'Embedded; the first start creates it.')];
    case 'in_use':
      return [
        ok(DATABASE, `Embedded and in use by a service, so this check did not open it. ${stored.message}`),
        warning(
          'Stored content',
          'The stored content was not checked, because only one process at a time may open the embedded database.',
          'Stop the service and run this again if the problem is about credentials, notifications or sources.',
        ),
      ];
    case 'unusable':
      return [problem(DATABASE, stored.message, 'Follow the message, then run this again.')];
    case 'open':
      return [
        reached(stored.server),
        ...connectionFindings(stored.server),
        ...clockFindings(stored.server),
        migrationFinding(stored.migrations),
      ];
  }
}

/** Whether somebody can manage users and settings. */
export function administrationFindings(state: Administration | undefined): Finding[] {
  const topic = 'Administrators';
  if (state === undefined) return [];
  if (state === 'nobody_yet') return [ok(topic, 'The service has no users yet.')];
  if (state === 'managed') return [ok(topic, 'An administrator can sign in.')];
  return [
    problem(
      topic,
      'No administrator can sign in: nobody with this role is enabled and has a password or single sign-on.',
      'Make an API token with "lineup tokens create --role administrator", and invite an administrator with it.',
    ),
  ];
}

/** An entry that is older has not arrived because something is wrong. */
const LONGEST_LAG_SECONDS = 600;

/** Whether the audit log arrives outside. */
export function auditStreamFindings(streams: readonly AuditStreamState[] | undefined): Finding[] {
  return (streams ?? []).map(({ name, lagSeconds }) => {
    const topic = 'Audit log stream';
    if (lagSeconds <= LONGEST_LAG_SECONDS) return ok(topic, `Everything has arrived (${name}).`);
    return problem(
      topic,
      `The oldest entry that has not arrived (${name}) is ${Math.round(lagSeconds / 60)} minutes old.`,
      'Look for audit.send_failed in the log of the workers. See docs/operations/audit-log.md.',
    );
  });
}

type Open = Extract<Stored, { state: 'open' }>;

function reached({ place, version, shared, connections }: Open['server']): Finding {
  const kind = connections ? 'PostgreSQL' : 'Embedded, PostgreSQL';
  const pooler = shared ? ', through a connection pooler' : '';
  return ok(DATABASE, `${kind} ${version} at ${place}${pooler}.`);
}

function connectionFindings({ connections }: Open['server']): Finding[] {
  if (!connections) return [];
  const topic = 'Connections';
  const { most, used } = connections;
  const message = `${used} of ${most} connections are used`;
  if (most - used >= CONNECTIONS) return [ok(topic, `${message}.`)];
  return [
    warning(
      topic,
      `${message}, and each process takes up to ${CONNECTIONS}.`,
      'Raise max_connections of the server, or the connection limit of the user or database.',
    ),
  ];
}

function clockFindings({ connections, aheadMs }: Open['server']): Finding[] {
  if (!connections) return [];
  const topic = 'Database clock';
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  if (Math.abs(aheadMs) <= CLOCK_TOLERANCE_MS) return [ok(topic, `${seconds} s difference from this machine’s clock.`)];
  return [
    warning(
      topic,
      `The database’s clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine’s.`,
      'Correct both clocks (NTP).',
    ),
  ];
}

function migrationFinding({ applied, known, problem: wrong }: Open['migrations']): Finding {
  const topic = 'Tables';
  if (wrong) return problem(topic, wrong, 'Follow the message, then run this again.');
  if (applied === known) return ok(topic, `Up to date (${applied} migrations).`);
  if (applied > known) {
    return ok(topic, `A newer version has updated them (${applied} migrations), and this version may use them.`);
  }
  if (applied === 0) return ok(topic, 'None yet; the first start creates them.');
  return warning(
    topic,
    `${known - applied} of ${known} migrations are missing.`,
    'The next start brings the tables up to date. Make a backup first.',
  );
}

export interface KeyState {
  readonly from: 'LINEUP_SECRET_KEY' | 'file' | 'nowhere';
  readonly path: string;
  readonly embedded: boolean;
  /** Why the key cannot be read. */
  readonly problem: string | undefined;
}

export function keyFindings(key: KeyState, stored: Stored): Finding[] {
  if (key.problem) return [problem(KEY, key.problem, 'Correct it, then run this again.')];
  const content = stored.state === 'open' ? stored.content : undefined;
  if (key.from === 'nowhere' && !(content && content.secrets.needed.length > 0 && content.secrets.known)) {
    return [noKey(key, content?.secrets)];
  }
  const from = origins[key.from](key);
  if (!content) {
    const looked = 'not checked against the stored secrets';
    return [ok(KEY, `${from}; ${looked}.`)];
  }
  const { known, sealed, opened } = content.secrets;
  if (!known || opened < sealed) {
    return [
      problem(
        KEY,
        `${from}. It decrypts ${opened} of ${sealed} stored secrets${known ? '' : ', and is not the key that this database knows'}.`,
        `Start with ${idsText(content.secrets)}, or add it after the new one: LINEUP_SECRET_KEY=<new>,<old>. If it is lost: lineup secrets forget`,
      ),
    ];
  }
  const opens = `${from}; it decrypts all ${sealed} stored secrets.`;
  const isFar = key.from === 'file' && !key.embedded;
  return [
    isFar
      ? warning(
          KEY,
          `${opens} The database is on another machine, but the key file is on this disk.`,
          'Keep a copy of the file in a safe place, or set LINEUP_SECRET_KEY to its content.',
        )
      : ok(KEY, opens),
    ...credentialFindings(content.secrets),
  ];
}

/** Credentials that `lineup secrets forget` has dropped. */
function credentialFindings({ toEnter }: SecretHealth): Finding[] {
  if (toEnter === 0) return [];
  return [
    problem(
      'Credentials',
      `${toEnter} authorizations or notification channels have lost their credentials with an earlier key. Their jobs and messages wait.`,
      'Enter them again, in the web app or with the command line: lineup authorizations list, lineup notifications list.',
    ),
  ];
}

const origins: Readonly<Record<KeyState['from'], (key: KeyState) => string>> = {
  LINEUP_SECRET_KEY: () => 'From LINEUP_SECRET_KEY',
  file: ({ path }) => `From ${path}`,
  nowhere: ({ path }) => `There is no ${path}, but an earlier key is beside its place`,
};

/** The key that the secrets need. */
const idsText = ({ needed }: SecretHealth): string => `the key ${needed.join(' and ')}`;

function noKey({ path, embedded }: KeyState, secrets: SecretHealth | undefined): Finding {
  if (secrets && !secrets.known) {
    return problem(
      KEY,
      'The database holds secrets, but their key is missing.',
      `Set LINEUP_SECRET_KEY to ${idsText(secrets)}, or put it back into ${path}. If it is lost: lineup secrets forget`,
    );
  }
  if (embedded) return ok(KEY, `None yet; the first start creates ${path}.`);
  return problem(
    KEY,
    'There is no key. With a PostgreSQL server, Lineup does not create one by itself and refuses to start.',
    'Create one (openssl rand -base64 32), keep a copy, and set LINEUP_SECRET_KEY to it for every process.',
  );
}
