import { expect, test } from 'vitest';
import { suggestedExperiment } from '../../../src/domain/audiences/hold-out.ts';
import { experimentName } from '../../../src/domain/audiences/hold-out-schema.ts';

test.each([
  ['VIP members', 'vip-members'],
  [' Spring: 2026 (new) ', 'spring-2026-new'],
  ['ＶＩＰ 会員', 'vip'],
  ['会員', 'experiment'],
  ['', 'experiment'],
  ['a'.repeat(60), 'a'.repeat(40)],
  [`-${'a'.repeat(40)}`, 'a'.repeat(40)],
  [`${'a'.repeat(39)} b`, 'a'.repeat(39)],
])('the job "%s" suggests the experiment "%s"', (name, suggested) => {
  expect(suggestedExperiment(name)).toBe(suggested);
  expect(experimentName.safeParse(suggested).success).toBe(true);
});
