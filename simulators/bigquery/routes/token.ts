/** The exchange of a signed request (JWT) for an access token. */
import { createVerify } from 'node:crypto';
import type { Reply } from '../../shared/http.ts';
import { RefusalError } from '../refusals.ts';
import { type Call, clientEmail } from '../world.ts';

/** Any request that is signed by the sample key gets a token. */
export function exchangeToken({ world, body }: Call): Reply {
  const form = new URLSearchParams(body);
  if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer')
    throw new RefusalError(400, 'unsupported_grant_type', 'Invalid grant_type');
  const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
  const signed = createVerify('RSA-SHA256').update(`${head}.${claims}`);
  if (!signed.verify(world.key.public, signature, 'base64url'))
    throw new RefusalError(400, 'invalid_grant', 'Invalid JWT Signature.');
  const { iss, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  if (iss !== clientEmail) throw new RefusalError(400, 'invalid_grant', 'Invalid grant: account not found');
  if (typeof exp !== 'number') throw new RefusalError(400, 'invalid_grant', 'Invalid JWT: no exp');
  const token = `simulated-${world.requests.count}`;
  world.tokens.set(token, world.clock.time() + 3_600_000);
  return { status: 200, json: { access_token: token, expires_in: 3599, token_type: 'Bearer' } };
}
