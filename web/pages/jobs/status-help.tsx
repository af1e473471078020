/** What each status of a job means. */
import { jobConditions } from '../../../src/contracts/job-display.ts';
import { Help } from '../../components/help.tsx';
import { useTranslation } from '../../i18n/provider.tsx';

export function StatusHelp() {
  const { t } = useTranslation();
  const meanings = [
    ...jobConditions.map((one) => [t(`job.condition.${one}`), t(`help.status.${one}`)] as const),
    [t('job.incomplete'), t('help.status.incomplete')] as const,
  ];
  return (
    <Help label={t('jobs.status')}>
      <dl className="meanings">
        {meanings.map(([name, meaning]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Help>
  );
}
