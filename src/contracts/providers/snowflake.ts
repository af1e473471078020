import { z } from 'zod';
import { isPlainLine } from '../../domain/text/plain-text.ts';
import { issueText } from '../../domain/text/sentence.ts';
import { MAX_URL } from '../../domain/values/bounds.ts';
import { isLoopback } from '../../domain/values/hosts.ts';
import type { ConfigurationField, Provider } from './provider.ts';
import { key } from './rules.ts';

/** Becomes a part of a host name, so nothing else may be in it: no slash, no port, no empty part. */
const account = z
  .string()
  .trim()
  .max(200)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9][A-Za-z0-9_-]*){0,4}$/,
    issueText`Enter only the account identifier, like MYORG-ACCOUNT1 or xy12345.ap-northeast-1.aws, without https:// and without .snowflakecomputing.com.`,
  )
  .refine(
    (text) => !/snowflakecomputing/i.test(text),
    issueText`Enter only the account identifier, like MYORG-ACCOUNT1 or xy12345.ap-northeast-1.aws, without https:// and without .snowflakecomputing.com.`,
  );

/** A name of an object of Snowflake: at most 255 characters. In quotes, upper and lower case differ, as in SQL. */
const name = z
  .string()
  .trim()
  .max(255)
  .regex(
    /^(?:[^\p{Cc}"]*|"(?:[^\p{Cc}"]|"")+")$/u,
    issueText`Enter the name alone, without line breaks. Quotes are possible only around the whole name.`,
  );

const user = name.min(1, issueText`Enter the name of the user.`);

/** The code that signs in reads it. A key of 4,096 bits has some 3 kB. */
const privateKey = z.string().trim().min(1, issueText`Enter the key.`).max(20_000);

/** Only scheme, host and port. Without TLS, only this machine. */
const snowflakeOrigin = z
  .string()
  .trim()
  .max(MAX_URL)
  .refine((text) => {
    if (text === '') return true;
    const url = isPlainLine(text) ? URL.parse(text) : null;
    if (!url || `${url.pathname}${url.search}${url.hash}${url.username}${url.password}` !== '/') return false;
    return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  }, issueText`Enter only an origin that begins with https://, without a path, a query or a user. http:// is possible only for this machine, as for a simulator.`);

const accountField: ConfigurationField = {
  key: 'account',
  label: issueText`Account Identifier`,
  hint: issueText`The part before .snowflakecomputing.com, for example MYORG-ACCOUNT1.`,
  secret: false,
  required: true,
  variable: 'SNOWFLAKE_ACCOUNT',
};

/** What every method has behind its credentials. */
const placeFields: readonly ConfigurationField[] = [
  {
    key: 'warehouse',
    label: issueText`Warehouse`,
    hint: issueText`Optional. Without it, the default warehouse of the user.`,
    secret: false,
    required: false,
    variable: 'SNOWFLAKE_WAREHOUSE',
  },
  {
    key: 'role',
    label: issueText`Role`,
    hint: issueText`Optional. Without it, the default role of the user.`,
    secret: false,
    required: false,
    variable: 'SNOWFLAKE_ROLE',
  },
  {
    key: 'database',
    label: issueText`Database`,
    hint: issueText`Its tables and views are listed in the export form.`,
    secret: false,
    required: false,
    variable: 'SNOWFLAKE_DATABASE',
  },
  {
    key: 'schema',
    label: issueText`Schema`,
    hint: issueText`Optional. For names of tables that are written without it.`,
    secret: false,
    required: false,
    variable: 'SNOWFLAKE_SCHEMA',
  },
  {
    key: 'origin',
    label: issueText`API Origin`,
    secret: false,
    required: false,
    variable: 'SNOWFLAKE_ORIGIN',
  },
];

const place = {
  warehouse: name.default(''),
  role: name.default(''),
  database: name.default(''),
  schema: name.default(''),
  origin: snowflakeOrigin.default(''),
};

export const snowflake: Provider = {
  id: 'snowflake',
  label: 'Snowflake',
  about: issueText`Tables, views and queries of a Snowflake account.`,
  role: 'source',
  methods: [
    {
      id: 'snowflake_key_pair',
      label: issueText`Key Pair`,
      help: issueText`A user that may read the tables, with an RSA key. Enter an API origin only for a private link.`,
      connectionField: 'private_key',
      fields: [
        accountField,
        { key: 'user', label: issueText`User`, secret: false, required: true, variable: 'SNOWFLAKE_USER' },
        {
          key: 'private_key',
          label: issueText`Private Key (PEM)`,
          secret: true,
          required: true,
          multiline: true,
          variable: 'SNOWFLAKE_PRIVATE_KEY',
        },
        {
          key: 'private_key_passphrase',
          label: issueText`Passphrase of the Private Key`,
          hint: issueText`Only for an encrypted key.`,
          secret: true,
          required: false,
          variable: 'SNOWFLAKE_PRIVATE_KEY_PASSPHRASE',
        },
        ...placeFields,
      ],
      configuration: z.strictObject({
        account,
        user,
        private_key: privateKey,
        private_key_passphrase: z.string().max(1_000).default(''),
        ...place,
      }),
    },
    {
      id: 'snowflake_access_token',
      label: issueText`Programmatic Access Token`,
      help: issueText`A token of a user that may read the tables. Enter an API origin only for a private link.`,
      connectionField: 'access_token',
      fields: [
        accountField,
        {
          key: 'access_token',
          label: issueText`Programmatic Access Token`,
          secret: true,
          required: true,
          variable: 'SNOWFLAKE_TOKEN',
        },
        ...placeFields,
      ],
      configuration: z.strictObject({ account, access_token: key, ...place }),
    },
  ],
  jobTypes: [],
  source: { written: 'query', files: false, hashes: true, watches: ['column', 'query', 'metadata'] },
};
