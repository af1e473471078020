/** What a process of the service is started with. */
import type { AuditTargets } from '../contracts/audit-stream.ts';
import type { AllowedSecrets } from '../contracts/secrets-outside.ts';
import type { OidcConfig } from '../contracts/single-sign-on.ts';
import { LineupError } from '../domain/errors/errors.ts';
import type { Secret } from '../domain/values/secret.ts';
import { type Environment, textOf } from './environment.ts';
import { readSecretsOutside } from './secrets-outside.ts';
import { readVariable, type VariableName, type VariableValue } from './variables.ts';

export interface ServerSettings {
  /** PostgreSQL; without it, PGlite in the data directory. */
  readonly databaseUrl: string | undefined;
  /** Without it, the key file of the data directory. */
  readonly secretKey: Secret | undefined;
  /** Where browsers find the server, when that is not the address where it listens. */
  readonly publicUrl: string | undefined;
  /** The proxies whose `X-Forwarded-*` headers are trusted; false for none. */
  readonly trustProxy: false | string;
  readonly logLevel: VariableValue<'LINEUP_LOG_LEVEL'>;
  readonly oidc: OidcConfig | undefined;
  /** Where the audit log is sent. */
  readonly auditTargets: AuditTargets;
  /** The folder of uploaded files; without it, one in the data directory. */
  readonly uploadsDirectory: string | undefined;
  /** The largest file that may be uploaded. */
  readonly uploadMaxBytes: number | undefined;
  /** What may be connected to inside the network, in addition to the list in the settings. */
  readonly internalHosts: readonly string[];
  /** The most memory of one process that reads a source. */
  readonly readerMemoryBytes: number | undefined;
  /** Runs of this process at the same time. */
  readonly concurrency: number | undefined;
  /** Whether `/metrics` has series of each job. */
  readonly metricsPerJob: boolean;
  /** The secrets outside that may be referred to; without it, none. */
  readonly secretsOutside: AllowedSecrets | undefined;
  /** Whether fingerprints of members are kept, to count who joins and who leaves. */
  readonly memberFingerprints: boolean;
  /** How many hours of errors in a row a job is retried before it has failed. */
  readonly retryHours: number | undefined;
}

/** @throws {LineupError} `invalid_configuration` for the first value that cannot be used */
export function readServerSettings(environment: Environment): ServerSettings {
  const read = <Name extends VariableName>(name: Name) => readVariable(name, environment);
  return {
    databaseUrl: read('DATABASE_URL'),
    secretKey: read('LINEUP_SECRET_KEY'),
    publicUrl: read('LINEUP_PUBLIC_URL'),
    trustProxy: read('LINEUP_TRUST_PROXY'),
    logLevel: read('LINEUP_LOG_LEVEL'),
    oidc: readOidc(environment),
    auditTargets: readAuditTargets(environment),
    uploadsDirectory: read('LINEUP_UPLOADS_DIR'),
    uploadMaxBytes: read('LINEUP_UPLOAD_MAX_MB'),
    internalHosts: read('LINEUP_INTERNAL_HOSTS'),
    readerMemoryBytes: read('LINEUP_READER_MEMORY_MB'),
    concurrency: read('LINEUP_CONCURRENCY'),
    metricsPerJob: read('LINEUP_METRICS_PER_JOB') === 'true',
    memberFingerprints: read('LINEUP_MEMBER_FINGERPRINTS') === 'true',
    retryHours: read('LINEUP_RETRY_HOURS'),
    secretsOutside: readSecretsOutside(environment),
  };
}

function readAuditTargets(environment: Environment): AuditTargets {
  const url = readVariable('LINEUP_AUDIT_LOG_URL', environment);
  const signingKey = readVariable('LINEUP_AUDIT_LOG_SIGNING_KEY', environment);
  const authorization = readVariable('LINEUP_AUDIT_LOG_AUTHORIZATION', environment);
  if (url === undefined && (signingKey || authorization)) {
    throw new LineupError(
      'invalid_configuration',
      `LINEUP_AUDIT_LOG_URL is not set. ${signingKey ? 'LINEUP_AUDIT_LOG_SIGNING_KEY' : 'LINEUP_AUDIT_LOG_AUTHORIZATION'} needs it.`,
    );
  }
  return {
    file: readVariable('LINEUP_AUDIT_LOG_PATH', environment),
    webhook: url === undefined ? undefined : { url, signingKey, authorization },
  };
}

/** Single sign-on is on when these are set. A part of them is a mistake. */
const OIDC_VARIABLES = ['LINEUP_OIDC_ISSUER', 'LINEUP_OIDC_CLIENT_ID', 'LINEUP_OIDC_CLIENT_SECRET'] as const;

function readOidc(environment: Environment): OidcConfig | undefined {
  const missing = OIDC_VARIABLES.filter((name) => textOf(name, environment) === undefined);
  if (missing.length === OIDC_VARIABLES.length) return undefined;
  if (missing.length > 0) {
    throw new LineupError(
      'invalid_configuration',
      `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set. Single sign-on needs ${OIDC_VARIABLES.join(', ')}.`,
    );
  }
  const roles = readVariable('LINEUP_OIDC_ROLES', environment);
  const minutes = readVariable('LINEUP_OIDC_RECHECK_MINUTES', environment) ?? (roles ? 60 : 0);
  return {
    issuer: readVariable('LINEUP_OIDC_ISSUER', environment),
    clientId: readVariable('LINEUP_OIDC_CLIENT_ID', environment),
    clientSecret: readVariable('LINEUP_OIDC_CLIENT_SECRET', environment),
    label: readVariable('LINEUP_OIDC_LABEL', environment),
    createUsers: readVariable('LINEUP_OIDC_CREATE_USERS', environment) === 'true',
    scopes: readVariable('LINEUP_OIDC_SCOPES', environment),
    groupsClaim: readVariable('LINEUP_OIDC_GROUPS_CLAIM', environment),
    roles,
    recheckMs: minutes > 0 ? minutes * 60_000 : undefined,
  };
}
