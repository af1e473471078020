/** The sources of the demo beside files: simulators, and the authorizations that reach them. */
import { startLyticsSimulator } from '../../../simulators/lytics/index.ts';
import { startS3Simulator } from '../../../simulators/s3/index.ts';
import { sampleBucket } from '../../../simulators/s3/sample.ts';
import { step } from './stage.ts';

/** Ms for each page of Lytics: its job still runs when the user opens the web app. */
const LYTICS_PAGE_MS = 30;

/** A simulator as a source. Plain data, so that it can go to another process. */
export interface DemoSource {
  readonly provider: string;
  readonly method: string;
  /** The label of its authorization. */
  readonly label: string;
  readonly configuration: Record<string, string>;
  /** It is on this machine, so an administrator must allow it. */
  readonly host: string;
  /** The audience that a job of the demo exports. */
  readonly audience: string;
}

export interface DemoSources {
  readonly lytics: DemoSource;
  readonly storage: DemoSource;
  /** Undefined in an installation without the parts for BigQuery. */
  readonly warehouse: DemoSource | undefined;
}

export interface RunningSources {
  readonly sources: DemoSources;
  close(): Promise<void>;
}

export async function startSources(): Promise<RunningSources> {
  const lytics = await startLyticsSimulator({ pageMs: LYTICS_PAGE_MS });
  step('A simulator of Lytics is running', lytics.origin);
  const s3 = await startS3Simulator();
  step('A simulator of S3 is running, with an export of each of three days', s3.endpoint);
  const bigquery = await startWarehouse();
  return {
    sources: {
      lytics: {
        provider: 'lytics',
        method: 'lytics_api_token',
        label: 'Lytics',
        configuration: { token: lytics.token, origin: lytics.origin },
        host: new URL(lytics.origin).host,
        audience: lytics.segmentId('all_members'),
      },
      storage: {
        provider: 's3',
        method: 's3_access_key',
        label: 'Daily exports (S3)',
        configuration: {
          access_key_id: s3.keys.accessKeyId,
          secret_access_key: s3.keys.secretAccessKey,
          region: s3.region,
          endpoint: s3.endpoint,
          bucket: sampleBucket,
        },
        host: new URL(s3.endpoint).host,
        audience: `newest:s3://${sampleBucket}/daily/*.csv.gz`,
      },
      warehouse: bigquery && {
        provider: 'bigquery',
        method: 'bigquery_service_account_key',
        label: 'Warehouse (BigQuery)',
        configuration: { service_account_key: bigquery.credentials, endpoint: bigquery.origin },
        host: new URL(bigquery.origin).host,
        audience: 'SELECT email FROM crm.members LIMIT 5000',
      },
    },
    close: async () => {
      await lytics.close();
      await s3.close();
      await bigquery?.close();
    },
  };
}

/** Its libraries are large, and an installation may leave them out. */
async function startWarehouse() {
  try {
    const { startBigQuerySimulator } = await import('../../../simulators/bigquery/index.ts');
    const bigquery = await startBigQuerySimulator({ members: 20_000 });
    step('A simulator of BigQuery is running', bigquery.origin);
    return bigquery;
  } catch (error) {
    if (Object(error).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
