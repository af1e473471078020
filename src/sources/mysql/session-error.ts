/**
 * Errors of a connection to MySQL, and our own sentences for them. The server's text is never shown, because it may
 * quote the values of members. The `cause` is left out for the same reason, and because it may contain the password.
 */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import {
  CHANGES_DATA,
  CUT,
  DatabaseSessionError,
  type Explanation,
  explainNetwork,
  type FailureWords,
  LOCKED,
  NO_CONNECTION,
  NO_DATABASE,
  NO_TABLE,
  networkFailures,
  ownFailures,
  SHUT_DOWN,
  TOO_LONG,
} from '../database/failure.ts';

/** Our own codes, for faults that have no code from the server or from Node.js. */
type OwnCode = keyof typeof ownFailures | 'protocol' | 'no_tls' | 'plugin' | 'clear_password';

/** Where a mistake in a statement is, as far as the server says it. */
export interface MistakePlace {
  /** Counts from 1. */
  readonly line?: number | undefined;
  /** The name of a table, a column or a function that is not there. */
  readonly name?: string | undefined;
}

/** Its code is a number of a MySQL error, a code of Node.js, or one of our own. */
export class SessionError extends DatabaseSessionError {
  /** Only for a statement that was described, which has no values of members. It is the only text of the server. */
  readonly place: MistakePlace;

  constructor(code: OwnCode | (string & {}), place: MistakePlace = {}) {
    super('MySQL', code);
    this.place = place;
  }

  get words(): FailureWords {
    return WORDS;
  }
}

/** ER_TABLEACCESS_DENIED_ERROR */
export const NO_RIGHT = '1142';

const WITHOUT_RIGHT: Explanation = [
  'source_unauthorized',
  sentence`this user may not read all of it. GRANT SELECT on the table or on these columns`,
];

const PASSWORD_EXPIRED: Explanation = [
  'source_unauthorized',
  sentence`the password of this user has expired. Ask the administrator of the server to set a new one`,
];

const ACCOUNT_LOCKED: Explanation = [
  'source_unauthorized',
  sentence`the account of this user is locked. Ask the administrator of the server to unlock it`,
];

const NO_ROOM: Explanation = [
  'source_failed',
  sentence`the server has no room left for its temporary tables. Ask its administrator to give them more space`,
];

const NOT_ITS_ENCODING: Explanation = [
  'source_encoding',
  sentence`a value is not valid in its encoding. A query can convert it: ${'CONVERT(CAST(email AS BINARY) USING sjis)'}`,
];

const BROKEN_VIEW: Explanation = [
  'source_failed',
  sentence`the view refers to a table, a column or a function that is not there, or that its owner may not use`,
];

/** By the number of the error (MySQL's and MariaDB's manuals), or by the code of a network or TLS error of Node.js. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  '200': NO_ROOM,
  '201': NO_ROOM,
  '1021': NO_ROOM,
  '1040': NO_CONNECTION,
  '1044': ['source_unauthorized', sentence`this user may not use this database. GRANT SELECT on one of its tables`],
  '1045': [
    'source_unauthorized',
    sentence`the server refuses this user or password, perhaps only from this machine or without TLS`,
  ],
  '1049': NO_DATABASE,
  '1053': SHUT_DOWN,
  '1054': ['field_not_found', sentence`one of its fields is not there any more`],
  '1114': NO_ROOM,
  '1129': [
    'source_failed',
    sentence`the server refuses this machine after many failed connections. Ask its administrator for FLUSH HOSTS`,
  ],
  '1130': ['source_unauthorized', sentence`the server refuses every user from this machine`],
  [NO_RIGHT]: WITHOUT_RIGHT,
  '1143': WITHOUT_RIGHT,
  '1146': NO_TABLE,
  '1203': NO_CONNECTION,
  '1205': LOCKED,
  '1213': LOCKED,
  '1226': NO_CONNECTION,
  '1227': WITHOUT_RIGHT,
  '1300': NOT_ITS_ENCODING,
  '1317': TOO_LONG,
  '1345': WITHOUT_RIGHT,
  '1356': BROKEN_VIEW,
  '1366': NOT_ITS_ENCODING,
  '1370': ['source_unauthorized', sentence`this user has no right to one of the functions. GRANT EXECUTE on it`],
  '1412': ['source_failed', sentence`the table was changed while it was read`, 'retryable'],
  // Its owner was deleted.
  '1449': BROKEN_VIEW,
  '1698': [
    'source_unauthorized',
    sentence`the server refuses this user or password, perhaps only from this machine or without TLS`,
  ],
  '1792': CHANGES_DATA,
  '1820': PASSWORD_EXPIRED,
  '1862': PASSWORD_EXPIRED,
  '1927': SHUT_DOWN,
  '1969': TOO_LONG,
  '3024': TOO_LONG,
  '3118': ACCOUNT_LOCKED,
  '3159': ['source_failed', sentence`the server accepts only encrypted connections. Use ssl-mode=VERIFY_IDENTITY`],
  '3854': NOT_ITS_ENCODING,
  '4031': CUT,
  '4151': ACCOUNT_LOCKED,
  ...networkFailures,
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'source_failed',
    sentence`its certificate is for another name. Use that name, or add the certificate of its authority and ssl-mode=VERIFY_CA`,
  ],
};

const UNKNOWN_AUTHORITY: Explanation = [
  'source_failed',
  sentence`its certificate is not from a trusted authority. Add the certificate of the authority, or use ssl-mode=REQUIRED, which encrypts but does not check the server`,
];

const OWN: Readonly<Record<OwnCode, Explanation>> = {
  ...ownFailures,
  protocol: ['source_failed', sentence`the server does not follow the MySQL protocol. Check host and port`],
  no_tls: [
    'source_failed',
    sentence`it does not support TLS. Turn on TLS at the server, or use ssl-mode=DISABLED in a trusted network`,
  ],
  plugin: [
    'source_unauthorized',
    sentence`the server wants a way of signing in that Lineup does not have. Ask its administrator for a user with caching_sha2_password or mysql_native_password`,
  ],
  clear_password: [
    'source_unauthorized',
    sentence`the server asks for the password in clear text, and Lineup sends it only to a server whose certificate it has checked. Use ssl-mode=VERIFY_IDENTITY`,
  ],
};

/** Makes a SessionError of an error of the driver. Returns our own errors unchanged. */
export function sessionError(error: unknown): LineupError | SessionError {
  if (error instanceof LineupError || error instanceof SessionError) return error;
  const { code, errno, message, sqlMessage } = (error ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof sqlMessage === 'string' && typeof errno === 'number')
    return new SessionError(String(errno), placeIn(sqlMessage));
  if (/unknown plugin/.test(String(message))) return new SessionError('plugin');
  if (typeof code === 'string' && Object.hasOwn(DRIVER, code)) return new SessionError(DRIVER[code]!);
  if (typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) && !/^(?:PROTOCOL|HANDSHAKE)/.test(code))
    return new SessionError(code);
  return new SessionError('protocol');
}

/** Codes of mysql2. */
const DRIVER: Readonly<Record<string, OwnCode>> = {
  AUTH_SWITCH_PLUGIN_ERROR: 'sign_in',
  HANDSHAKE_NO_SSL_SUPPORT: 'no_tls',
  HANDSHAKE_SSL_ERROR: 'tls',
  MYSQL_CLEAR_PASSWORD_NOT_ENABLED: 'clear_password',
  PROTOCOL_CONNECTION_LOST: 'cut',
};

/** The line, or the first name in quotes. A text with other characters is a part of the statement, and stays out. */
function placeIn(message: string): MistakePlace {
  const text = message.slice(0, 600);
  const [, line] = / at line (\d{1,6})$/.exec(text) ?? [];
  const [, name] = /^[^']{0,100}'([\p{L}\p{N}_$.-]{1,200})'/u.exec(text) ?? [];
  return line === undefined ? { name } : { line: Number(line) };
}

/** For a code without an entry. */
const explainOther = (code: string): Explanation =>
  explainNetwork(code, UNKNOWN_AUTHORITY) ?? [
    'source_failed',
    sentence`the server reports the error ${code} (see its manual)`,
  ];

const WORDS: FailureWords = {
  own: OWN,
  known: EXPLANATIONS,
  others: explainOther,
  unnamed: sentence`The MySQL database`,
};
