/** What the status of a job does not say about one of its audiences. */
import type { AudienceHealth, HealthConcern } from '../../../src/contracts/health-report.ts';
import { Status } from '../../components/status.tsx';
import type { Key } from '../../i18n/messages.ts';
import { useTranslation } from '../../i18n/provider.tsx';

const labels: Partial<Record<HealthConcern, Key>> = {
  nobody_matched: 'warning.no_match',
  runs_empty: 'healthReport.runsEmpty',
  audience_unusable: 'healthReport.unusable',
  audience_ends: 'healthReport.ends',
  open_alert: 'healthReport.openAlert',
  late: 'healthReport.late',
  reach_fallen: 'healthReport.reachFallen',
  size_changed: 'healthReport.sizeChanged',
};

/** What the status of the job shows as no problem. */
const bad: readonly HealthConcern[] = ['nobody_matched', 'runs_empty', 'audience_unusable'];

export function Concerns({ concerns }: Pick<AudienceHealth, 'concerns'>) {
  const { t } = useTranslation();
  return concerns.map((concern) => {
    const label = labels[concern];
    return (
      label && (
        <div key={concern}>
          <Status tone={bad.includes(concern) ? 'bad' : 'care'}>{t(label)}</Status>
        </div>
      )
    );
  });
}

/** What tells the audiences of one job apart. */
export function useAudienceNames() {
  const { t } = useTranslation();
  return ({ identifier_type, audience_name, audience_id }: Partial<AudienceHealth>): string[] =>
    identifier_type ? [t(`identifier.${identifier_type}`), audience_name ?? audience_id ?? ''].filter(Boolean) : [];
}
