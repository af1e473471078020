/**
 * Every environment variable that has a rule, with the sentence that follows its name when the value breaks the rule.
 * This file loads Zod, so `config.ts` imports it only when a command needs one of these variables.
 */
import { isIP } from 'node:net';
import { isAbsolute, normalize, resolve } from 'node:path';
import { z } from 'zod';
import { LineupError } from '../domain/errors/errors.ts';
import { role } from '../domain/people/people.ts';
import { readInternalHost } from '../domain/values/internal-hosts.ts';
import { Secret } from '../domain/values/secret.ts';
import { commaSeparated, type Environment, isInFile, textOf, withoutValue } from './environment.ts';
import { fileVariable } from './variable-file.ts';

/** The problem of a value that may be shown: what the variable takes, and what it got. */
const takes = (values: string, why = '') => ({
  error: ({ input }: { readonly input?: unknown }) => `takes ${values}, but got "${input}".${why}`,
});

const text = z.string();
const secret = text.transform((value) => new Secret(value));
const path = text.transform((value) => resolve(value));

/** One of some values; upper case is accepted. */
const choice = <const T extends readonly string[]>(values: T) =>
  z.preprocess(
    (given) => values.find((value) => value === String(given).toLowerCase()) ?? given,
    z.enum(values, takes(values.join(', '))),
  );

const wholeNumber = (least: number, most: number) =>
  text
    .refine(
      (value) => /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most,
      takes(`a whole number from ${least} to ${most}`),
    )
    .transform(Number);

const megabytes = (least: number) => wholeNumber(least, 1_000_000).transform((number) => number * 1_000_000);

/**
 * An HTTP address, without the slash at its end. The message does not show the value, because it may hold a password.
 */
const url = (example: string) =>
  text
    .refine(isHttpUrl, `is not a valid URL. Enter one like ${example}.`)
    // regex-bounded: a setting of the operator's own
    .transform((value) => value.replace(/\/+$/, ''));

function isHttpUrl(value: string): boolean {
  const given = URL.parse(value);
  return given !== null && /^https?:$/.test(given.protocol) && !given.username && !given.search && !given.hash;
}

/** The address may have a query, which may be a secret, so no message shows it. */
function isWebhook(value: string): boolean {
  const given = URL.parse(value);
  return given !== null && /^https?:$/.test(given.protocol) && !given.username && !given.password && !given.hash;
}

const hasNoPath = (value: string): boolean => new URL(value).pathname === '/';

/**
 * `false`, or the addresses or networks of the proxies, with commas between them. `true` is refused: then anybody who
 * reaches the service without the proxy could forge an address, and each guess at a password would come from another
 * one.
 */
const trustedProxies = text
  .refine(
    (value) => isFalse(value) || value.split(',').every((network) => isNetwork(network.trim())),
    takes(
      'false, or the addresses of your proxies such as 10.0.0.1 or 10.0.0.0/8, separated by commas',
      ' Without an address, anybody could pretend to be the proxy.',
    ),
  )
  .transform((value) => (isFalse(value) ? (false as const) : value));

const isFalse = (value: string): boolean => value.toLowerCase() === 'false';

function isNetwork(value: string): boolean {
  const [, address = '', bits = '1'] = /^([^/]*)(?:\/(\d+))?$/.exec(value) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128);
}

const internalHosts = text
  .transform(commaSeparated)
  .pipe(
    z
      .array(
        text.refine(
          (host) => readInternalHost(host) !== undefined,
          takes(
            'hosts, addresses or networks, with a port or without, and paths of Unix sockets, such as db.corp.example:5432, 10.0.0.0/8 or /run/postgresql, separated by commas',
          ),
        ),
      )
      .readonly(),
  );

/** Paths as they are written: an authorization refers to a file below one in the same way. */
const secretFolders = text
  .transform(commaSeparated)
  .pipe(
    z
      .array(
        text.refine(
          (path) => isAbsolute(path) && path !== '/' && normalize(path) === path && !path.endsWith('/'),
          takes('whole paths of folders, such as /run/secrets/lineup, separated by commas'),
        ),
      )
      .readonly(),
  );

const secretVariables = text
  .transform(commaSeparated)
  .pipe(
    z
      .array(
        text.regex(
          /^[A-Za-z_]\w*\*?$/,
          takes('names of variables, or beginnings of names such as CRM_*, separated by commas'),
        ),
      )
      .readonly(),
  );

const PROGRAMS =
  'takes a JSON object such as {"line-key": {"run": ["/usr/bin/vault", "kv", "get", "-field=key", "secret/line"], "variables": ["VAULT_ADDR", "HOME"]}}. Each program is a whole path with all of its arguments.';

const secretPrograms = text
  .transform((value, context) => {
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: PROGRAMS });
      return z.NEVER;
    }
  })
  .pipe(
    z.record(
      text.regex(/^[\w.-]{1,100}$/, PROGRAMS),
      z.strictObject(
        {
          run: z.tuple([text.refine(isAbsolute, PROGRAMS)], text, PROGRAMS),
          variables: z.array(text.regex(/^[A-Za-z_]\w*$/, PROGRAMS), PROGRAMS).default([]),
        },
        PROGRAMS,
      ),
      PROGRAMS,
    ),
  );

const ROLES =
  'takes a JSON object with the groups of each role, such as {"administrator": ["line-admins"], "editor": ["Marketing, Tokyo"], "viewer": ["*"]}. "*" stands for everybody. It needs at least one group and may have up to 500, of up to 256 characters each.';

const roleMapping = text
  .transform((value, context) => {
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: ROLES });
      return z.NEVER;
    }
  })
  .pipe(
    z.partialRecord(role, z.array(z.string(ROLES).min(1, ROLES).max(256, ROLES), ROLES), ROLES).refine((mapping) => {
      const count = Object.values(mapping).flat().length;
      return count > 0 && count <= 500;
    }, ROLES),
  );

/** The characters of RFC 6749. */
const scopes = text
  .transform((value): readonly string[] => value.split(/ +/).filter(Boolean))
  .pipe(
    z
      .array(text.regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, takes('names of scopes, separated by spaces')))
      .max(20, takes('up to 20 names of scopes'))
      .readonly(),
  );

const variables = {
  LINE_ADS_BASE_URL: url('https://ads.line.me/api'),
  LY_ADS_BASE_URL: url('http://127.0.0.1:4012').optional(),
  LINE_OFFICIAL_ACCOUNT_BASE_URL: url('http://127.0.0.1:4050').optional(),

  LINEUP_URL: url('https://lineup.example.com').optional(),

  DATABASE_URL: text.optional(),
  LINEUP_SECRET_KEY: secret.optional(),
  LINEUP_PUBLIC_URL: url('https://lineup.example.com')
    .refine(
      hasNoPath,
      'has a path. Enter a host, or a host and port, that only Lineup uses, like https://lineup.example.com.',
    )
    .optional(),
  LINEUP_TRUST_PROXY: trustedProxies.default(false),
  LINEUP_LOG_LEVEL: choice(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  LINEUP_UPLOADS_DIR: path.optional(),
  LINEUP_UPLOAD_MAX_MB: megabytes(1).optional(),
  LINEUP_INTERNAL_HOSTS: internalHosts.default([]),
  LINEUP_READER_MEMORY_MB: megabytes(256).optional(),
  LINEUP_CONCURRENCY: wholeNumber(1, 64).optional(),
  LINEUP_METRICS_PER_JOB: choice(['true', 'false']).default('false'),
  LINEUP_MEMBER_FINGERPRINTS: choice(['true', 'false']).default('true'),
  LINEUP_RETRY_HOURS: wholeNumber(1, 24 * 30).optional(),

  LINEUP_SECRET_FOLDERS: secretFolders.default([]),
  LINEUP_SECRET_VARIABLES: secretVariables.default([]),
  LINEUP_SECRET_PROGRAMS: secretPrograms.default({}),

  LINEUP_AUDIT_LOG_PATH: text
    .refine((value) => isAbsolute(value) && normalize(value) === value && !value.endsWith('/'), {
      error: 'takes the whole path of a file, such as /var/log/lineup/audit.jsonl.',
    })
    .optional(),
  LINEUP_AUDIT_LOG_URL: text
    .refine(isWebhook, 'is not a valid URL. Enter one like https://siem.example.com/lineup, without a user name.')
    .optional(),
  LINEUP_AUDIT_LOG_SIGNING_KEY: text
    .regex(/^whsec_[A-Za-z0-9+/]{32,100}={0,2}$/, 'takes whsec_ and at least 24 bytes in base64.')
    .transform((value) => new Secret(value))
    .optional(),
  LINEUP_AUDIT_LOG_AUTHORIZATION: text
    .regex(/^[\x20-\x7e]{1,2000}$/, 'takes a header such as Bearer … of up to 2000 characters of ASCII.')
    .transform((value) => new Secret(value))
    .optional(),

  LINEUP_OIDC_ISSUER: url('https://login.example.com'),
  LINEUP_OIDC_CLIENT_ID: text,
  LINEUP_OIDC_CLIENT_SECRET: secret,
  LINEUP_OIDC_LABEL: text.default('Single sign-on'),
  LINEUP_OIDC_CREATE_USERS: choice(['true', 'false']).default('false'),
  LINEUP_OIDC_SCOPES: scopes.default([]),
  LINEUP_OIDC_GROUPS_CLAIM: text
    .max(200, takes('the name of a claim, of up to 200 characters, such as groups or realm_access.roles'))
    .default('groups'),
  LINEUP_OIDC_ROLES: roleMapping.optional(),
  LINEUP_OIDC_RECHECK_MINUTES: wholeNumber(0, 720).optional(),
} satisfies Record<string, z.ZodType>;

export type VariableName = keyof typeof variables;
export type VariableValue<Name extends VariableName> = z.output<(typeof variables)[Name]>;

/** @throws {LineupError} `invalid_configuration` with the variable's name; a required variable must be set */
export function readVariable<Name extends VariableName>(name: Name, environment: Environment): VariableValue<Name> {
  const result = variables[name].safeParse(textOf(name, environment));
  if (result.success) return result.data as VariableValue<Name>;
  const problem = `${result.error.issues[0]?.message}`;
  // No cause: it may hold the value of a secret. Of a file, no value at all: it may be the file of another variable.
  throw new LineupError(
    'invalid_configuration',
    isInFile(name, environment)
      ? `The content of ${fileVariable(name)} ${withoutValue(problem)}`
      : `${name} ${problem}`,
  );
}
