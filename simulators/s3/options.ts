/** The flags of the simulator as plain data, for every command line that offers them, and the start with them. */
import { adminLines, byFlags, faultOption, listed, listenOptions, makeOptions } from '../shared/flags.ts';
import { text } from '../shared/input.ts';
import { parseFault } from './faults.ts';
import type { S3Simulator } from './index.ts';
import { sampleBucket } from './sample.ts';
import { settings } from './settings.ts';
import { memberCount, sampleKeys, sampleRegion } from './world.ts';

export const s3SimulatorOptions = makeOptions({
  ...listenOptions,
  accessKeyId: text.default(sampleKeys.accessKeyId).meta({ placeholder: '<id>', description: 'the access key ID' }),
  region: text.default(sampleRegion).meta({ placeholder: '<region>', description: 'region of all buckets' }),
  members: memberCount.default(50_000).describe('members in the newest file of the sample bucket'),
  faults: faultOption(parseFault, 'status,status=403,code=AccessDenied,endpoint=list'),
  ...settings,
});

function banner(sim: S3Simulator): string[] {
  const { objects } = sim.inspect();
  return [
    'S3 simulator is up. Nothing here reaches Amazon.',
    '',
    `export AWS_ENDPOINT_URL_S3=${sim.endpoint} AWS_REGION=${sim.region}`,
    `export AWS_ACCESS_KEY_ID=${sim.keys.accessKeyId} AWS_SECRET_ACCESS_KEY=${sim.keys.secretAccessKey}`,
    '',
    ...listed(
      'Objects',
      objects.map(({ bucket, key, bytes }) => `s3://${bucket}/${key} (${bytes} bytes)`),
    ),
    ...adminLines(sim.adminUrl),
    '',
    `lineup fields --source 'newest:s3://${sampleBucket}/daily/*.csv.gz' --field email`,
  ];
}

/** Starts a simulator with the values of its flags, and prints how to use it. */
export const simulateS3 = byFlags(
  // Loaded when it starts: a help needs no server.
  async (given: object) => (await import('./index.ts')).startS3Simulator(given),
  banner,
);
