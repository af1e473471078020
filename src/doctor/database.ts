/** Findings about the database and the key of its secrets. Pure. */
import { type Finding, ok, problem, warning } from './finding.ts';
import type { Stored } from './stored.ts';

const DATABASE = 'Database';
const KEY = 'Secret key';
/** The number of connections of one process. */
const CONNECTIONS = 15;
/** Leases and requests use the clock of the database; schedules use the clock of this machine. */
const CLOCK_TOLERANCE_MS = 30_000;

export function databaseFindings(stored: Stored): Finding[] {
  switch (stored.state) {
    case 'absent':
      return [ok(DATABASE, 'Embedded; the first start makes it.')];
    case 'in_use':
      return [
        ok(DATABASE, `Embedded, and a service uses it, so it is not opened here. ${stored.message}`),
        warning(
          'Stored content',
          'What is stored was not looked at, because only one process at a time may open the embedded database.',
          'Stop the service and run this again if the problem is about credentials, notifications or sources.',
        ),
      ];
    case 'unusable':
      return [problem(DATABASE, stored.message, 'Do what the message says, then run this again.')];
    case 'open':
      return [
        reached(stored.server),
        ...connectionFindings(stored.server),
        ...clockFindings(stored.server),
        migrationFinding(stored.migrations),
      ];
  }
}

type Open = Extract<Stored, { state: 'open' }>;

function reached({ place, version, shared, connections }: Open['server']): Finding {
  const kind = connections ? 'PostgreSQL' : 'Embedded, PostgreSQL';
  const pooler = shared ? ', through a pooler that shares its connections' : '';
  return ok(DATABASE, `${kind} ${version} at ${place}${pooler}.`);
}

function connectionFindings({ connections }: Open['server']): Finding[] {
  if (!connections) return [];
  const topic = 'Connections';
  const { most, used } = connections;
  const what = `${used} of ${most} connections are used`;
  if (most - used >= CONNECTIONS) return [ok(topic, `${what}.`)];
  return [
    warning(
      topic,
      `${what}, and each process takes up to ${CONNECTIONS}.`,
      'Raise max_connections of the server, or the limit of its user or database.',
    ),
  ];
}

function clockFindings({ connections, aheadMs }: Open['server']): Finding[] {
  if (!connections) return [];
  const topic = 'Database clock';
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  if (Math.abs(aheadMs) <= CLOCK_TOLERANCE_MS) return [ok(topic, `${seconds} s from this machine’s.`)];
  return [
    warning(
      topic,
      `The database’s clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine’s.`,
      'Set both right (NTP).',
    ),
  ];
}

function migrationFinding({ applied, known, problem: wrong }: Open['migrations']): Finding {
  const topic = 'Tables';
  if (wrong) return problem(topic, wrong, 'Do what the message says, then run this again.');
  if (applied === known) return ok(topic, `Up to date (${applied} migrations).`);
  if (applied === 0) return ok(topic, 'None yet; the first start makes them.');
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
  if (key.problem) return [problem(KEY, key.problem, 'Put it right, then run this again.')];
  const content = stored.state === 'open' ? stored.content : undefined;
  if (key.from === 'nowhere') return [noKey(key, content !== undefined && !content.secrets.known)];
  const from = key.from === 'file' ? `From ${key.path}` : 'From LINEUP_SECRET_KEY';
  if (!content) {
    const looked = 'whether it opens what is stored was not looked at';
    return [ok(KEY, `${from}; ${looked}.`)];
  }
  const { known, sealed, opened } = content.secrets;
  if (!known || opened < sealed) {
    return [
      problem(
        KEY,
        `${from}. It opens ${opened} of ${sealed} stored secrets${known ? '' : ', and is not the key that this database knows'}.`,
        'Start with the key that the secrets were sealed with, or put it after the new one: LINEUP_SECRET_KEY=<new>,<old>.',
      ),
    ];
  }
  const opens = `${from}; it opens all ${sealed} stored secrets.`;
  if (key.from === 'file' && !key.embedded) {
    return [
      warning(
        KEY,
        `${opens} The database outlives this machine’s disk; the file may not.`,
        'Keep a copy of the file in a safe place, or set LINEUP_SECRET_KEY to its content.',
      ),
    ];
  }
  return [ok(KEY, opens)];
}

function noKey({ path, embedded }: KeyState, isLost: boolean): Finding {
  if (isLost) {
    return problem(
      KEY,
      'The database holds secrets, but their key is missing.',
      `Set LINEUP_SECRET_KEY, or put the key file back at ${path}.`,
    );
  }
  if (embedded) return ok(KEY, `None yet; the first start makes ${path}.`);
  return problem(
    KEY,
    'There is none, and with a PostgreSQL server Lineup makes none by itself, so the start is refused.',
    'Make one (openssl rand -base64 32), keep a copy, and set LINEUP_SECRET_KEY to it for every process.',
  );
}
