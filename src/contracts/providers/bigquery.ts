import { z } from 'zod';
import { issueText } from '../../domain/text/sentence.ts';
import { MAX_URL } from '../../domain/values/bounds.ts';
import type { ConfigurationField, Provider } from './provider.ts';
import { serviceAccountKey } from './rules.ts';

const PROJECT = /^(?:(?:[a-z0-9.-]{1,100}:)?[a-z][a-z0-9-]{2,62})?$/;
const project = z
  .string()
  .trim()
  .max(200)
  .regex(PROJECT, issueText`Enter the ID of the project, for example my-project-123, and not its name or number.`);

const location = z
  .string()
  .trim()
  .max(50)
  .regex(/^[A-Za-z0-9-]*$/, issueText`Enter a location of BigQuery, for example US, EU or asia-northeast1.`);

const byteLimit = z
  .string()
  .trim()
  .regex(/^(?:[1-9]\d{0,5})?$/, issueText`Enter a whole number of gigabytes, from 1 to 999,999.`);

/** Google’s own hosts are not a setting, so that no other host gets a token for them. */
const endpoint = z
  .union([z.literal(''), z.url({ protocol: /^http$/ })], {
    error: issueText`Enter the address of a BigQuery simulator, like http://127.0.0.1:4030. Leave this empty for the real BigQuery.`,
  })
  .refine((text) => {
    const url = URL.parse(text);
    return (
      text === '' ||
      (text.length <= MAX_URL && url !== null && `${url.pathname}${url.search}${url.hash}${url.username}` === '/')
    );
  }, issueText`Enter only the address of the simulator, like http://127.0.0.1:4030, without a path, a query or a user.`);

const optional = { secret: false, required: false } as const;

const shared: readonly ConfigurationField[] = [
  {
    key: 'location',
    label: issueText`Location`,
    hint: issueText`Optional, for example asia-northeast1. Without it, BigQuery takes that of the tables.`,
    ...optional,
    variable: 'LINEUP_BIGQUERY_LOCATION',
  },
  {
    key: 'billing_project',
    label: issueText`Billing Project ID`,
    hint: issueText`Optional. The project that pays for queries, if it is another one. In a query, write the project before each table: a table without a project is one of the project that pays.`,
    ...optional,
    variable: 'LINEUP_BIGQUERY_BILLING_PROJECT',
  },
  {
    key: 'byte_limit_gb',
    label: issueText`Limit of a Query (GB)`,
    hint: issueText`A query that would read more is refused. 100 GB without a value.`,
    ...optional,
    variable: 'LINEUP_BIGQUERY_BYTE_LIMIT_GB',
  },
];

const sharedShape = {
  location: location.default(''),
  billing_project: project.default(''),
  byte_limit_gb: byteLimit.default('100'),
};

export const bigquery: Provider = {
  id: 'bigquery',
  label: 'BigQuery',
  about: issueText`Tables, views and queries of BigQuery.`,
  role: 'source',
  methods: [
    {
      id: 'bigquery_service_account_key',
      label: issueText`Service Account Key`,
      help: issueText`A service account with the roles roles/bigquery.dataViewer and roles/bigquery.readSessionUser. Queries and views also need roles/bigquery.jobUser.`,
      connectionField: 'service_account_key',
      fields: [
        {
          key: 'service_account_key',
          label: issueText`Service Account Key (JSON)`,
          hint: issueText`The whole file that the Google Cloud console made.`,
          secret: true,
          required: true,
          multiline: true,
          variable: 'LINEUP_BIGQUERY_CREDENTIALS',
        },
        {
          key: 'project',
          label: issueText`Project ID`,
          hint: issueText`The project that has the tables. Without it: the project of the key.`,
          ...optional,
          variable: 'GOOGLE_CLOUD_PROJECT',
          ambient: true,
        },
        ...shared,
        {
          key: 'endpoint',
          label: issueText`Simulator`,
          hint: issueText`Only for tests with a simulator. Leave it empty for BigQuery.`,
          ...optional,
          variable: 'LINEUP_BIGQUERY_ENDPOINT',
        },
      ],
      configuration: z.strictObject({
        service_account_key: serviceAccountKey,
        project: project.default(''),
        ...sharedShape,
        endpoint: endpoint.default(''),
      }),
    },
    {
      id: 'bigquery_machine_credentials',
      label: issueText`Credentials of the Machine`,
      help: issueText`The Google Cloud credentials of the machine that Lineup runs on. The operator must allow them.`,
      connectionField: 'project',
      fields: [
        {
          key: 'project',
          label: issueText`Project ID`,
          secret: false,
          required: true,
          variable: 'GOOGLE_CLOUD_PROJECT',
          ambient: true,
        },
        ...shared,
      ],
      configuration: z.strictObject({
        project: project.refine((text) => text !== '', issueText`Enter the ID of the project.`),
        ...sharedShape,
      }),
    },
  ],
  jobTypes: [],
  source: { written: 'query', files: false, hashes: true, watches: ['column', 'query', 'metadata'] },
};
