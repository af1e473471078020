/** What has started a run: a person, its schedule, or what its job waits for. */
import type { RunSummary } from '../../src/contracts/runs.ts';
import { useTranslation } from '../i18n/provider.tsx';

export function useStartedBy(): (run: Pick<RunSummary, 'trigger' | 'cause'>) => string {
  const { t, translate } = useTranslation();
  return ({ trigger, cause }) => (cause ? translate(cause) : t(`trigger.${trigger}`));
}
