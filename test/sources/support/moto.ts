/**
 * A server of S3 by others (moto, from Debian) for one test file. After its setup, it checks the signature and the
 * rights of every request, as IAM does.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll } from 'vitest';
import type { AccessKey } from '../../../src/sources/object-storage/signature.ts';

/** Empty if it is not installed. */
export const moto = execFileSync('sh', ['scripts/find-moto.sh'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
}).trim();

/** The setup of the user, which nobody has to sign: user, access key, policy. */
const SETUP = 3;

const policy = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: '*', Resource: '*' },
    {
      Effect: 'Deny',
      Action: ['s3:GetObject', 's3:ListBucket'],
      Resource: ['arn:aws:s3:::closed', 'arn:aws:s3:::closed/*'],
    },
  ],
};

export function useMoto() {
  const place = { origin: '', key: { accessKeyId: '', secretAccessKey: '' } satisfies AccessKey };
  let stop = async () => {};
  beforeAll(async () => {
    if (moto === '') return;
    const server = spawn(moto, ['-H', '127.0.0.1', '-p', '0'], {
      env: { ...process.env, INITIAL_NO_AUTH_ACTION_COUNT: String(SETUP) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    stop = async () => {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
    };
    for await (const line of createInterface(server.stderr)) {
      const origin = /Running on (http:\S+)/.exec(line)?.[1];
      if (origin === undefined) continue;
      place.origin = origin;
      break;
    }
    server.stderr.resume();
    const iam = (parameters: Record<string, string>) => setUp(place.origin, parameters);
    await iam({ Action: 'CreateUser', UserName: 'lineup' });
    const made = await iam({ Action: 'CreateAccessKey', UserName: 'lineup' });
    place.key.accessKeyId = /<AccessKeyId>(.*)<\/AccessKeyId>/.exec(made)?.[1] ?? '';
    place.key.secretAccessKey = /<SecretAccessKey>(.*)<\/SecretAccessKey>/.exec(made)?.[1] ?? '';
    await iam({
      Action: 'PutUserPolicy',
      UserName: 'lineup',
      PolicyName: 'all',
      PolicyDocument: JSON.stringify(policy),
    });
  });
  afterAll(() => stop());
  return {
    place,
    /**
     * Whether it checks signatures and rights. It computes the signature of an encoded character in a URL wrongly, also
     * of one that Amazon’s own libraries made.
     */
    async setChecking(isOn: boolean): Promise<void> {
      await fetch(`${place.origin}/moto-api/reset-auth`, { method: 'POST', body: isOn ? '0' : '1000000' });
    },
    /** Writes, for the test. */
    async put(path: string, body = ''): Promise<void> {
      const client = new AwsClient({ ...place.key, service: 's3', region: 'us-east-1' });
      await written(await client.fetch(`${place.origin}/${path}`, { method: 'PUT', body }));
    },
    /** Writes many objects, while nothing is checked: without the time for signatures. */
    async putUnsigned(path: string, body = ''): Promise<void> {
      await written(await fetch(`${place.origin}/${path}`, { method: 'PUT', body }));
    },
  };
}

async function written(answer: Response): Promise<void> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`moto: HTTP ${answer.status} ${text}`);
}

async function setUp(origin: string, parameters: Record<string, string>): Promise<string> {
  const first = { accessKeyId: 'setup', secretAccessKey: 'setup', service: 'iam', region: 'us-east-1' };
  const body = new URLSearchParams({ ...parameters, Version: '2010-05-08' }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await new AwsClient(first).fetch(`${origin}/`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`moto: HTTP ${answer.status} ${await answer.text()}`);
  return answer.text();
}
