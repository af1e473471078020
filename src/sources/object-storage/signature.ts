/** The signature of a request with an access key: AWS Signature Version 4, which Google Cloud Storage accepts, too. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** The digest of a body without bytes: every request is a GET. */
const EMPTY_BODY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** The headers that sign a GET for the URL. @param now the time that the signature has */
export async function signedHeaders(
  key: AccessKey,
  region: string,
  url: URL,
  now: Date,
): Promise<Record<string, string>> {
  // Loaded only when it is used.
  const { AwsV4Signer } = await import('aws4fetch');
  const signer = new AwsV4Signer({
    ...key,
    method: 'GET',
    url: url.href,
    headers: { 'x-amz-content-sha256': EMPTY_BODY },
    service: 's3',
    region,
    datetime: now.toISOString().replaceAll(/[:-]|\.\d{3}/g, ''),
  });
  const { headers } = await signer.sign();
  return Object.fromEntries(headers);
}
