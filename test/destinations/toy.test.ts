import { onTestFinished } from 'vitest';
import { describeDestination } from './contract/index.ts';
import type { Kit } from './kit.ts';
import { toyKit } from './toy/kit.ts';
import { toyTraits } from './toy/traits.ts';

const kitOf = async (): Promise<Kit> => {
  const { kit, simulator } = await toyKit();
  onTestFinished(() => simulator.close());
  return kit;
};

describeDestination('the toy', toyTraits, kitOf, { hasTokens: true });
