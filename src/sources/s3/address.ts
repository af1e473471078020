/** Where a bucket is: its name is a part of the host, or of the path. */
export interface S3Place {
  /** A URL. @default Amazon's server of the region */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** @default not at an own endpoint */
  readonly inHost: boolean | undefined;
}

/** A name with dots does not match the certificate of `*.s3.….amazonaws.com`. */
const isHostLabel = (bucket: string): boolean => /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket);

/** An address has no labels in front. */
const isName = (hostname: string): boolean => !/^[\d.]+$|^\[/.test(hostname);

const isLabel = (label: string): boolean => /^[a-z0-9-]+$/.test(label);

/**
 * Whether a host is S3 of Amazon, by the names that it gives to its endpoints. Other hosts of this domain belong to its
 * customers: their load balancers, machines and gateways.
 */
export function isAmazons(hostname: string): boolean {
  const [, name] = /^(.+)\.amazonaws\.com(?:\.cn)?$/.exec(hostname) ?? [];
  const labels = name?.split('.') ?? [];
  // A bucket or an access point, with the number of an account, may be in front.
  return labels.every(isLabel) && [0, 1, 2].some((front) => isEndpoint(labels.slice(front)));
}

function isEndpoint([service, ...more]: readonly string[]): boolean {
  if (!/^s3(?:-fips|-accelerate|-accesspoint|-accesspoint-fips|express-.+)?$/.test(service ?? '')) return false;
  if (more[0] === 'dualstack') more.shift();
  if (more.at(-1) === 'vpce') more.pop();
  // What is left is the region.
  return more.length <= 1;
}

/** The URL of a bucket, or without one, of the list of buckets. */
export function bucketUrl(
  { endpoint, region, inHost = endpoint === undefined }: S3Place,
  bucket: string | undefined,
): URL {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = new URL(endpoint ?? `https://s3.${region}.${domain}`);
  if (bucket === undefined) return url;
  if (inHost && isHostLabel(bucket) && isName(url.hostname)) url.hostname = `${bucket}.${url.hostname}`;
  else url.pathname = `${url.pathname.replace(/\/$/, '')}/${bucket}`;
  return url;
}
