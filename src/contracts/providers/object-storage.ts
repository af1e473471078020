/** What the providers of object storage share: where the objects are. */
import { z } from 'zod';
import { isPlainLine } from '../../domain/text/plain-text.ts';
import { issueText } from '../../domain/text/sentence.ts';
import { MAX_URL } from '../../domain/values/bounds.ts';
import type { ConfigurationField } from './provider.ts';

const endpoint = z
  .string()
  .trim()
  .max(MAX_URL)
  .refine((text) => {
    if (text === '') return true;
    const url = isPlainLine(text) && /^https?:\/\/[^/]/i.test(text) ? URL.parse(text) : null;
    return url !== null && `${url.username}${url.password}${url.search}${url.hash}` === '';
  }, issueText`Enter a URL like https://minio.example.com:9000, without a user, a query or a bucket.`);

const region = z
  .string()
  .trim()
  .regex(/^[a-z0-9-]{0,40}$/, issueText`Enter the name of a region, for example ap-northeast-1.`);

const bucket = z
  .string()
  .trim()
  .regex(
    /^$|^[A-Za-z0-9][A-Za-z0-9._-]{1,221}$/,
    issueText`Enter only the name of the bucket, without s3://, gs:// or a path.`,
  );

/** Keys have at most 1,024 bytes. */
const prefix = z
  .string()
  .max(1_024)
  .regex(/^[^\p{Cc}]*$/u, issueText`The prefix contains an invalid character.`);

/** The place of the objects that the list of audiences shows. Paths may lead elsewhere. */
export const placeFields: readonly ConfigurationField[] = [
  {
    key: 'bucket',
    label: issueText`Bucket`,
    hint: issueText`Optional. The list of audiences shows the objects of this bucket.`,
    secret: false,
    required: false,
  },
  {
    key: 'prefix',
    label: issueText`Prefix`,
    hint: issueText`Optional. Only objects whose keys begin with this, such as daily/.`,
    secret: false,
    required: false,
  },
];

export const placeRules = { bucket: bucket.default(''), prefix: prefix.default('') };

/** How a server that speaks S3 is reached. */
export const serverFields: readonly ConfigurationField[] = [
  {
    key: 'region',
    label: issueText`Region`,
    hint: issueText`Optional. Without it: us-east-1.`,
    secret: false,
    required: false,
    variable: 'AWS_REGION',
    secondVariable: 'AWS_DEFAULT_REGION',
    ambient: true,
  },
  {
    key: 'endpoint',
    label: issueText`Endpoint`,
    hint: issueText`Optional. For storage that is not Amazon’s, such as https://minio.example.com:9000.`,
    secret: false,
    required: false,
    variable: 'AWS_ENDPOINT_URL_S3',
  },
  {
    key: 'bucket_in_host',
    label: issueText`Bucket in the Host Name`,
    hint: issueText`Optional: yes or no. Without it: yes at Amazon, no at another endpoint.`,
    secret: false,
    required: false,
    variable: 'S3_BUCKET_IN_HOST',
  },
];

export const serverRules = {
  region: region.default(''),
  endpoint: endpoint.default(''),
  bucket_in_host: z
    .string()
    .trim()
    .regex(/^(yes|no)?$/, issueText`Enter yes or no, or leave this empty.`)
    .default(''),
};
