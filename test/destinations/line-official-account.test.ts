import { lineOfficialAccountTraits } from '../../src/domain/destinations/line-official-account.ts';
import { describeDestination } from './contract/index.ts';
import { lineOfficialAccountKit } from './line-official-account-kit.ts';

const kitOf = async () => (await lineOfficialAccountKit()).kit;

describeDestination('LINE Official Account', lineOfficialAccountTraits, kitOf, { hasTokens: true });
