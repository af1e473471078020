/** Creates a custom audience without an upload. */
import { z } from 'zod';
import type { Reply } from '../../shared/http.ts';
import { choice, fields } from '../../shared/input.ts';
import type { AdAccount } from '../accounts.ts';
import { creatableTypes, type Lookalike, newAudience } from '../audiences.ts';
import { invalid, readBody } from '../refusal.ts';
import { type Call, serverTime } from '../world.ts';
import { adAccountOf, audienceOf, checkName, idField, textField } from './checks.ts';
import { showAudience } from './custom-audiences.ts';

/** The largest lookalike: 15 % of LINE's users. */
const largestRate = 0.15;
/** LINE's users. After matching, the estimated size of a new audience is a share of them. */
const users = 20_000_000;

const createBody = z.object({ functionType: textField.pipe(choice(...creatableTypes)), name: textField });

const volumeRate = z.union(
  [
    // LINE chooses the rate.
    z.object({ auto: z.literal(true), rate: z.undefined().optional() }).transform(() => null),
    z
      .object({ rate: z.number().min(0).max(largestRate), auto: z.literal(false).nullish() })
      .transform(({ rate }) => rate),
  ],
  `{"auto":true} or {"rate":0..${largestRate}}`,
);

const lookalikeBody = z.object({
  lookalike: fields({
    // A missing source counts as one without an id.
    source: z.preprocess((value) => value ?? {}, fields({ audienceGroupId: idField })),
    volumeRate,
  }),
});

export function createAudience(call: Call): Reply {
  const account = adAccountOf(call);
  const { functionType, name } = readBody(createBody, call.body);
  checkName(call, account, name);
  const lookalike = functionType === 'LOOKALIKE' ? readLookalike(call, account) : undefined;
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

function readLookalike(call: Call, account: AdAccount): Lookalike {
  const { source, volumeRate: rate } = readBody(lookalikeBody, call.body).lookalike;
  const sourceId = source.audienceGroupId;
  const property = 'lookalike.source.audienceGroupId';
  const audience = audienceOf(call, account, sourceId, property, 'LOOKALIKE_SOURCE_AUDIENCE_GROUP_NOT_FOUND');
  if (audience.estimatedSize === '-') {
    throw invalid(
      'LOOKALIKE_SOURCE_AUDIENCE_GROUP_INSUFFICIENT',
      property,
      'LINE has matched nobody in the source (yet)',
    );
  }
  const twin = call.state
    .audiences(account.id)
    .some((audience) => audience.lookalike?.sourceId === sourceId && audience.lookalike.rate === rate);
  if (twin)
    throw invalid('LOOKALIKE_DUPLICATE_AUDIENCE_GROUP', 'lookalike', 'there is a lookalike of that source and rate');
  return { sourceId, rate };
}
