/** Create a custom audience that is not an upload. */

import type { Reply } from '../../shared/reply.ts';
import type { AdAccount } from '../accounts.ts';
import { creatableTypes, type Lookalike, newAudience } from '../audiences.ts';
import { invalid } from '../refusal.ts';
import { type Call, serverTime } from '../world.ts';
import { adAccountOf, audienceOf, checkName, fieldsOf, idField, oneOf, textField } from './checks.ts';
import { showAudience } from './custom-audiences.ts';

/** The largest lookalike: 15 % of LINE's users. */
const largestRate = 0.15;
/** What a lookalike or a tracked audience is said to hold once LINE has matched it; the rate decides. */
const users = 20_000_000;

export function createAudience(call: Call): Reply {
  const account = adAccountOf(call);
  const fields = fieldsOf(call.body);
  const functionType = oneOf(textField(fields, 'functionType'), creatableTypes, 'functionType');
  const name = textField(fields, 'name');
  checkName(call, account, name);
  const lookalike = functionType === 'LOOKALIKE' ? readLookalike(call, account, fields.lookalike) : undefined;
  const { state, world } = call;
  const audience = newAudience({
    id: state.newId(),
    adAccountId: account.id,
    name,
    functionType,
    created: serverTime(world),
  });
  if (lookalike) {
    audience.lookalike = lookalike;
    audience.estimatedSize = String(Math.round(users * (lookalike.rate ?? 0.01)));
  }
  state.addAudience(audience);
  call.record.audienceId = audience.id;
  return { status: 202, json: showAudience(call, account, audience) };
}

function readLookalike(call: Call, account: AdAccount, value: unknown): Lookalike {
  if (value === undefined) throw invalid('REQUIRED', 'lookalike');
  const { source, volumeRate } = fieldsOf(value);
  const property = 'lookalike.source.audienceGroupId';
  if (source === undefined) throw invalid('REQUIRED', property);
  const sourceId = idField(fieldsOf(source).audienceGroupId, property);
  const audience = audienceOf(call, account, sourceId, property, 'LOOKALIKE_SOURCE_AUDIENCE_GROUP_NOT_FOUND');
  if (audience.estimatedSize === '-') {
    throw invalid(
      'LOOKALIKE_SOURCE_AUDIENCE_GROUP_INSUFFICIENT',
      property,
      'LINE has matched nobody in the source (yet)',
    );
  }
  const rate = readRate(volumeRate);
  const twin = call.state
    .audiences(account.id)
    .some((one) => one.lookalike?.sourceId === sourceId && one.lookalike.rate === rate);
  if (twin)
    throw invalid(
      'LOOKALIKE_DUPLICATE_AUDIENCE_GROUP',
      'lookalike',
      'there is a lookalike of that source and rate',
    );
  return { sourceId, rate };
}

/** @returns the rate, or nothing for LINE's own choice */
function readRate(volumeRate: unknown): number | null {
  if (volumeRate === undefined) throw invalid('REQUIRED', 'lookalike.volumeRate');
  const { auto, rate } = fieldsOf(volumeRate);
  if (auto === true && rate === undefined) return null;
  if (typeof rate === 'number' && rate >= 0 && rate <= largestRate && !auto) return rate;
  throw invalid(
    'INVALID_VALUE',
    'lookalike.volumeRate',
    `volumeRate must be {"auto":true} or {"rate":0..${largestRate}}`,
  );
}
