/** Which credentials the command line takes from its environment, and which it refuses. */
import { describe, expect, test } from 'vitest';
import { credentialsFromEnvironment, hasCredentials } from '../../src/compose/source-credentials.ts';

const from = (id: string, variables: Record<string, string>) =>
  credentialsFromEnvironment(id, (name) => variables[name]);

const bigqueryKey = '{"type":"service_account","client_email":"a@b.example","private_key":"x"}';

describe('the identity of the machine', () => {
  test.each([
    ['s3', {}],
    ['s3', { AWS_REGION: 'ap-northeast-1', AWS_ENDPOINT_URL_S3: 'https://minio.example.com' }],
    ['gcs', {}],
    ['bigquery', { GOOGLE_CLOUD_PROJECT: 'my-project' }],
  ])('is used for %s with %o', (id, variables: Record<string, string>) => {
    expect(Object.keys(from(id, variables)).filter((key) => /key|credentials|token/.test(key))).toEqual([]);
  });

  test.each([
    [
      's3',
      { AWS_ACCESS_KEY_ID: 'AKIA' },
      'AWS_SECRET_ACCESS_KEY is not set, but AWS_ACCESS_KEY_ID works only together with it. Set it to the Secret Access Key of Amazon S3, or unset AWS_ACCESS_KEY_ID to use the credentials of the machine.',
    ],
    [
      's3',
      { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SESSION_TOKEN: 'a-token' },
      'AWS_SECRET_ACCESS_KEY is not set, but AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN work only together with it.',
    ],
    [
      's3',
      { AWS_SESSION_TOKEN: 'a-token' },
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, but AWS_SESSION_TOKEN works only together with them. Set them, or unset AWS_SESSION_TOKEN',
    ],
    ['s3', { AWS_SECRET_ACCESS_KEY: 'a-secret' }, 'AWS_ACCESS_KEY_ID is not set, but'],
    ['gcs', { GCS_ACCESS_KEY_ID: 'GOOG' }, 'GCS_SECRET_ACCESS_KEY is not set, but GCS_ACCESS_KEY_ID works'],
    [
      'bigquery',
      { GOOGLE_CLOUD_PROJECT: 'my-project', LINEUP_BIGQUERY_ENDPOINT: 'http://127.0.0.1:4030' },
      'LINEUP_BIGQUERY_CREDENTIALS is not set, but LINEUP_BIGQUERY_ENDPOINT works only together with it.',
    ],
  ])('is not used for %s with %o', (id, variables: Record<string, string>, message) => {
    const refused = expect.objectContaining({
      code: 'missing_credentials',
      message: expect.stringContaining(message),
    });
    expect(() => from(id, variables)).toThrow(refused);
    expect(() => from(id, variables)).not.toThrow(/a-secret|a-token/);
  });

  test('and a key are both named when neither is there', () => {
    expect(() => from('bigquery', { GOOGLE_APPLICATION_CREDENTIALS: '/key.json' })).toThrow(
      'LINEUP_BIGQUERY_CREDENTIALS and GOOGLE_CLOUD_PROJECT are not set. Set LINEUP_BIGQUERY_CREDENTIALS to the Service Account Key (JSON) of BigQuery, or only GOOGLE_CLOUD_PROJECT to use the credentials of the machine.',
    );
  });
});

test('a whole set of credentials is used, whatever else is set', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' };
  expect(from('s3', keys)).toMatchObject({ access_key_id: 'AKIA', secret_access_key: 'secret', region: '' });
  const token = { SNOWFLAKE_ACCOUNT: 'MYORG-ACCOUNT1', SNOWFLAKE_TOKEN: 'token', SNOWFLAKE_USER: 'reader' };
  expect(from('snowflake', token)).toMatchObject({ account: 'MYORG-ACCOUNT1', access_token: 'token' });
  const simulated = {
    LINEUP_BIGQUERY_CREDENTIALS: bigqueryKey,
    LINEUP_BIGQUERY_ENDPOINT: 'http://127.0.0.1:4030',
  };
  expect(from('bigquery', simulated)).toMatchObject({ endpoint: 'http://127.0.0.1:4030' });
});

test('the first missing variable of a source without an identity of the machine is named', () => {
  expect(() => from('snowflake', {})).toThrow(
    'SNOWFLAKE_ACCOUNT is not set. Set it to the Account Identifier of Snowflake. Secrets are never passed as flags.',
  );
});

test.each([
  [{ AWS_DEFAULT_REGION: 'ap-northeast-1' }, 'ap-northeast-1'],
  [{ AWS_DEFAULT_REGION: 'ap-northeast-1', AWS_REGION: 'us-west-2' }, 'us-west-2'],
  [{ AWS_DEFAULT_REGION: 'ap-northeast-1', AWS_REGION: '' }, 'ap-northeast-1'],
])('the region of %o is %s', (variables: Record<string, string>, region) => {
  expect(from('s3', variables)).toMatchObject({ region });
});

test('a wrong value is reported with the variable that has it', () => {
  expect(() => from('s3', { AWS_DEFAULT_REGION: 'Tokyo!' })).toThrow(/^AWS_DEFAULT_REGION cannot be used\./);
});

test.each([
  ['s3', { AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1', GOOGLE_CLOUD_PROJECT: 'shop' }, false],
  ['bigquery', { GOOGLE_CLOUD_PROJECT: 'shop' }, false],
  ['s3', { AWS_ENDPOINT_URL_S3: 'https://minio.example.com' }, true],
  ['s3', { AWS_ACCESS_KEY_ID: 'AKIA' }, true],
  ['bigquery', { LINEUP_BIGQUERY_CREDENTIALS: bigqueryKey }, true],
  ['gcs', {}, false],
])('%s with %o is set up by a person: %s', (id, variables: Record<string, string>, expected) => {
  expect(hasCredentials(id, (name) => variables[name])).toBe(expected);
});
