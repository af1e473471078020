/**
 * Google’s own client of the REST API as the judge of the simulator. The one of the Storage Read API is what Lineup
 * uses.
 */
import { BigQuery } from '@google-cloud/bigquery';
import { OAuth2Client } from 'google-auth-library';
import { expect, test } from 'vitest';
import { readServiceAccountKey, serviceAccountTokens } from '../../src/sources/google/auth.ts';
import { startBigQuery } from '../sources/bigquery/support.ts';

async function officialClient() {
  const sim = await startBigQuery();
  const tokens = serviceAccountTokens({
    key: readServiceAccountKey(sim.credentials),
    scope: 'https://www.googleapis.com/auth/bigquery',
    tokenUrl: `${sim.origin}/token`,
    post: async (url, body) => {
      const answer = await fetch(url, { method: 'POST', body });
      return { status: answer.status, body: await answer.json() };
    },
    clock: { now: () => new Date() },
  });
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: await tokens(undefined), expiry_date: Date.now() + 3_000_000 });
  const client = new BigQuery({
    apiEndpoint: sim.origin,
    projectId: sim.project,
    authClient: authClient as never,
    autoRetry: false,
  });
  return { sim, client };
}

test('it lists data sets and tables, with their schemas', async () => {
  const { client } = await officialClient();
  const [datasets] = await client.getDatasets();
  expect(datasets.map(({ id }) => id)).toEqual(['crm', 'marketing', 'marketing_tokyo']);
  const [tables] = await client.dataset('crm').getTables();
  expect(tables.map(({ id }) => id)).toEqual(['members', 'lapsed', 'vip']);
  const [metadata] = await client.dataset('crm').table('members').getMetadata();
  expect(metadata).toMatchObject({ type: 'TABLE', numRows: '450' });
  expect(metadata.schema.fields).toContainEqual({ name: 'emails', type: 'STRING', mode: 'REPEATED' });
});

test('it tests and runs a query', async () => {
  const { client } = await officialClient();
  const query = 'SELECT email FROM crm.members LIMIT 20';
  const [dry] = await client.createQueryJob({ query, dryRun: true });
  expect(dry.metadata.statistics.query).toMatchObject({
    statementType: 'SELECT',
    totalBytesProcessed: '9000',
  });
  const [job] = await client.createQueryJob({ query });
  const [metadata] = await job.getMetadata();
  expect(metadata.status).toMatchObject({ state: 'DONE' });
  expect(metadata.configuration.query.destinationTable).toMatchObject({ datasetId: '_simulated' });
});

test('it understands the errors', async () => {
  const { sim, client } = await officialClient();
  await expect(client.dataset('crm').table('nothing').getMetadata()).rejects.toMatchObject({
    code: 404,
    errors: [{ reason: 'notFound' }],
  });
  await expect(client.createQueryJob({ query: 'SELECT x FROM crm.members', dryRun: true })).rejects.toMatchObject({
    code: 400,
    errors: [{ reason: 'invalidQuery' }],
  });
  sim.addFault({ kind: 'quota', endpoint: 'datasets' });
  await expect(client.getDatasets()).rejects.toMatchObject({ errors: [{ reason: 'quotaExceeded' }] });
});

test('it refuses fields that the API does not have, as Google does', async () => {
  const { sim, client } = await officialClient();
  const ask = async (path: string, body: string) => {
    const headers = {
      authorization: `Bearer ${await client.authClient.getAccessToken()}`,
      'content-type': 'application/json',
    };
    const answer = await fetch(`${sim.origin}/bigquery/v2/projects/${sim.project}${path}`, {
      method: 'POST',
      headers,
      body,
    });
    return {
      status: answer.status,
      message: ((await answer.json()) as { error?: { message: string } }).error?.message,
    };
  };
  const query = { query: 'SELECT email FROM crm.members' };
  for (const [body, message] of [
    [{ nothing: 1 }, `Unknown name "nothing" at 'job': Cannot find field.`],
    [{ configuration: { query, dryrun: true } }, `Unknown name "dryrun" at 'job.configuration': Cannot find field.`],
    [
      { configuration: { query: { ...query, maxBytesBilled: '1' } } },
      `Unknown name "maxBytesBilled" at 'job.configuration.query': Cannot find field.`,
    ],
    [{ configuration: { query: query.query } }, `Invalid value at 'job.configuration.query'.`],
  ] as const)
    expect(await ask('/jobs', JSON.stringify(body))).toEqual({
      status: 400,
      message: `Invalid JSON payload received. ${message}`,
    });
  expect(await ask('/jobs', '{')).toMatchObject({ status: 400 });
  expect(await ask('/datasets/crm/tables/members:testIamPermissions', '{"permissions":[],"permission":"x"}')).toEqual({
    status: 400,
    message: 'Invalid JSON payload received. Unknown name "permission": Cannot find field.',
  });
});
