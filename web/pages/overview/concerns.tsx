/** What the status of a job does not say about one of its audiences. */
import type { AudienceHealth, HealthConcern } from '../../../src/contracts/health-report.ts';
import { Status } from '../../components/status.tsx';
import type { Key } from '../../i18n/messages.ts';
import { useTranslation } from '../../i18n/provider.tsx';

const labels: Partial<Record<HealthConcern, Key>> = {
  nobody_matched: 'warning.no_match',
  open_alert: 'healthReport.openAlert',
  late: 'healthReport.late',
  reach_fallen: 'healthReport.reachFallen',
  size_changed: 'healthReport.sizeChanged',
};

export function Concerns({ concerns }: Pick<AudienceHealth, 'concerns'>) {
  const { t } = useTranslation();
  return concerns.map((concern) => {
    const label = labels[concern];
    return (
      label && (
        <div key={concern}>
          <Status tone={concern === 'nobody_matched' ? 'bad' : 'care'}>{t(label)}</Status>
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
